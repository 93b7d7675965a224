// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "command/command_line.h"
#include "command/stop_signal.h"
#include "pipelines/caption/description_command_line.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/media_list.h"
#include "pipelines/caption/output_names.h"

namespace dali {
namespace {

// Options exactly as typed, before they are checked against each other.
struct Typed {
  std::vector<std::string> media;
  std::string output;
  std::string format;
  std::string list;
  std::string audio_track;
  std::string video_track;
  bool is_recursive = false;
  bool skips_existing = false;
  bool is_described = false;  // `output` is that of --describe

  // Of one name it is not known how many media it stands for.
  bool names_many() const { return media.size() > 1 || is_recursive || !list.empty(); }
};

// "{vtt,srt}": the form in which CLI11 tells choices, to help and completion.
std::string format_choices() {
  std::string choices;
  for (const OutputFormat& format : output_formats()) {
    choices += (choices.empty() ? "{" : ",") + std::string(format.name);
  }
  return choices + "}";
}

// Null where the name does not end as that of a format's files.
const OutputFormat* format_of_name(const std::string& output) {
  const std::string extension = std::filesystem::path(output).extension().string();
  return extension.empty() ? nullptr : output_format_named(extension.substr(1));
}

// Of several media's captions what has no format's ending is a folder, which is made if need be.
bool names_folder(const Typed& typed) {
  if (typed.output.empty() || is_standard_output(typed.output)) return false;
  if (std::filesystem::is_directory(typed.output)) return true;
  return typed.names_many() && format_of_name(typed.output) == nullptr &&
         !std::filesystem::exists(typed.output);
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw UsageError(folder.string() + ": " + error.message());
}

// Null: lines.
const OutputFormat* chosen_format(const Typed& typed, bool writes_into_folder) {
  if (!typed.format.empty()) return output_format_named(typed.format);
  if (typed.output.empty()) return nullptr;
  if (is_standard_output(typed.output)) {
    throw UsageError("--output " + typed.output + " needs --format " +
                     format_names(FormatChoice::kText));
  }
  if (writes_into_folder) {
    return typed.is_described ? output_format_named("mkv") : &output_formats().front();
  }
  const OutputFormat* format = format_of_name(typed.output);
  if (format == nullptr) {
    throw UsageError(typed.output + ": the name should end in " +
                     format_names(FormatChoice::kAll, ".") + ", or say --format");
  }
  return format;
}

void check_together(const Typed& typed, const CommandLine& line, bool writes_into_folder) {
  const bool goes_to_standard_output = typed.output.empty() || is_standard_output(typed.output);
  const bool is_container = line.format != nullptr && line.format->is_container();
  if (is_container && goes_to_standard_output) {
    throw UsageError(std::string("--format ") + line.format->name + " needs a file as --output");
  }
  if (line.burn_in && !is_container) {
    throw UsageError("--burn-in needs an --output that holds a picture: " +
                     format_names(FormatChoice::kContainers, "."));
  }
  const bool is_mp4 = is_container && std::get<Container>(line.format->writer) == Container::kMp4;
  if (line.form.has_ttml && !is_mp4) throw UsageError("--subtitles ttml needs an .mp4 as --output");
  if (line.form.has_ttml && line.burn_in) {
    throw UsageError("--subtitles ttml is no track of captions that --burn-in draws");
  }
  if (line.form.is_fragmented && !is_mp4)
    throw UsageError("--fragmented needs an .mp4 as --output");
  if (typed.names_many() && !goes_to_standard_output && !writes_into_folder) {
    throw UsageError("several MEDIA need a folder as --output, not " + typed.output);
  }
  if (typed.names_many() && goes_to_standard_output && line.format != nullptr) {
    throw UsageError("--format with several MEDIA needs a folder as --output");
  }
  if (line.jobs > 1 && goes_to_standard_output) {
    throw UsageError("--jobs needs a folder as --output: captions of several media at a time");
  }
  if (line.keeps_records && goes_to_standard_output) {
    throw UsageError("--records needs an --output that they can lie beside");
  }
  if (line.keeps_records && typed.is_described) {
    throw UsageError("--records does not go with --describe");
  }
  if (typed.skips_existing && goes_to_standard_output) {
    throw UsageError("--skip-existing needs an --output that may exist");
  }
}

// Fills line.media: names, tracks, and where each one's captions go.
void resolve_media(const Typed& typed, bool writes_into_folder, CommandLine& line) {
  std::vector<std::string> names = typed.media;
  if (!typed.list.empty()) {
    const std::vector<std::string> listed = names_in_list(typed.list);
    names.insert(names.end(), listed.begin(), listed.end());
  }
  const auto readers = std::count(names.begin(), names.end(), "-") + (typed.list == "-" ? 1 : 0);
  if (readers > 1) throw UsageError("- stands twice, but standard input can be read once");

  MediaList found =
      listed_media(names, typed.is_recursive, writes_into_folder ? typed.output : std::string());
  line.faults = std::move(found.faults);
  const std::vector<std::filesystem::path> places = distinct_places(found.media);
  for (std::size_t i = 0; i < found.media.size(); ++i) {
    Medium medium{.name = found.media[i].name,
                  .output = typed.output,
                  .audio_track = typed.audio_track,
                  .video_track = typed.video_track,
                  .refuses_references = line.refuses_references};
    if (is_standard_output(medium.output)) medium.output.clear();
    if (writes_into_folder) medium.output /= places[i].native() + "." + line.format->name;
    line.media.push_back(std::move(medium));
  }
  check_that_no_medium_is_overwritten(line.media);
}

// Leaves out what other processes do and what is done.
void take_share(const Typed& typed, bool writes_into_folder, CommandLine& line) {
  const bool is_shared = typed.is_recursive || !typed.list.empty();
  const ProcessShare share = is_shared ? process_share() : ProcessShare{};
  std::vector<Medium> taken;
  for (std::size_t i = share.rank; i < line.media.size(); i += share.processes) {
    if (typed.skips_existing && std::filesystem::exists(line.media[i].output)) {
      ++line.skipped;
    } else {
      taken.push_back(std::move(line.media[i]));
    }
  }
  if (share.rank != 0) line.faults.clear();  // said once, by the first
  line.media = std::move(taken);
  line.has_many_media = typed.names_many();
  line.writes_into_folder = writes_into_folder;
}

// An option that is handed on to a property of the same name.
struct ElementOption {
  const char* property;
  const char* value_name;
  const char* help;
  std::vector<std::string> choices = {};  // none: the element judges the value
};

constexpr std::string_view kSeconds = "SECONDS";  // the element counts in milliseconds

const std::vector<ElementOption>& element_options() {
  static const std::vector<ElementOption> options = {
      {"model", "DIR",
       "Folder of the model, the name of a fetched one, or the socket\n"
       "that dali-model serve has made (default: the embedded model)"},
      {"modality",
       "NAME",
       "What captions are made from (default: auto, whatever there is)",
       {"auto", "audio", "image", "audiovisual"}},
      {"window", "SECONDS", "Length of media that one caption describes, 1 to 60 (default: 10)"},
      {"interval", "SECONDS",
       "From one window's start to the next one's (default: the window,\n"
       "a quarter of it with --events)"},
      {"window-cuts",
       "NAME",
       "Where windows end: at their full length, or where the picture\n"
       "cuts to another shot as well (default: grid)",
       {"grid", "shots"}},
      {"shortest-window", "SECONDS",
       "With --window-cuts: what the end of a shot has to leave of a\n"
       "window (default: 3)"},
      {"picture-at",
       "NAME",
       "Which moment of a window the model sees: its middle, or where\n"
       "the sound grows loudest at once (default: middle)",
       {"middle", "loudest-change"}},
      {"refresh", "SECONDS",
       "With --events: after how long what goes on has a caption again\n"
       "(default: 60)"},
      {"detail",
       "NAME",
       "How much is said: low, what is sure, loud enough and new; high,\n"
       "all (default: normal)",
       {"low", "normal", "high"}},
      {"prompt", "TEXT", "What the model is asked (default: the model's own question)"},
      {"max-new-tokens", "N", "Longest caption, in tokens (default: the model's own limit)"},
      {"temperature", "T", "Of sampling; 0 always takes the likeliest token (default: 0)"},
      {"seed", "N", "Of sampling; the same seed gives the same captions (default: 0)"},
      {"device", "NAME", "auto, cpu, cuda or cuda:N (default: auto)"},
      {"threads", "N",
       "How many threads compute (default: 0, as many as there are\n"
       "processors that the program may use)"},
      {"batch", "N",
       "How many windows are described together; 1: one by one\n"
       "(default: 0, up to four where memory allows)"},
      {"precision",
       "NAME",
       "What the model computes in (default: auto, float32 where its\n"
       "weights take up to 4 GiB in it, else bfloat16)",
       {"auto", "float32", "bfloat16"}},
  };
  return options;
}

// CLI11's own check answers with the largest number there is, written out.
std::string fault_of_seconds(std::string& text) {
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  const bool is_positive = end != text.c_str() && *end == '\0' && seconds > 0.0 && seconds < 1e6;
  return is_positive ? std::string() : text + " is not a number of seconds";
}

std::string fault_of_language(std::string& code) {
  const bool is_code = (code.size() == 2 || code.size() == 3) &&
                       std::all_of(code.begin(), code.end(),
                                   [](char letter) { return letter >= 'a' && letter <= 'z'; });
  return is_code ? std::string() : code + " is not a code such as en or eng";
}

std::string fault_of_jobs(std::string& text) {
  char* end = nullptr;
  const long jobs = std::strtol(text.c_str(), &end, 10);
  const bool is_number =
      end != text.c_str() && *end == '\0' && jobs >= 1 && jobs <= StopSignal::kMostChildren;
  return is_number
             ? std::string()
             : text + " is not a number from 1 to " + std::to_string(StopSignal::kMostChildren);
}

std::string fault_of_track(std::string& track) {
  const bool is_number = !track.empty() && track.size() < 6 && track.front() != '0' &&
                         std::all_of(track.begin(), track.end(),
                                     [](unsigned char digit) { return std::isdigit(digit) != 0; });
  const bool is_language = track.size() >= 2 && track.size() <= 35 &&
                           std::isalpha(static_cast<unsigned char>(track.front())) != 0;
  return is_number || is_language ? std::string()
                                  : track + " is neither a number from 1 nor a language";
}

void add_element_option(CLI::App& app, CommandLine& line, const ElementOption& option) {
  const bool is_seconds = option.value_name == kSeconds;
  const auto hand_on = [&line, is_seconds, property = option.property](const std::string& value) {
    line.element_properties[property] =
        is_seconds ? std::to_string(std::llround(std::stod(value) * 1000.0)) : value;
  };
  const std::string short_name = std::string_view(option.property) == "model" ? "-m," : "";
  CLI::Option* added = app.add_option_function<std::string>(short_name + "--" + option.property,
                                                            hand_on, option.help);
  added->type_name(option.value_name)->group("Captions");
  if (is_seconds) added->check(CLI::Validator(fault_of_seconds, ""));
  if (!option.choices.empty()) added->check(CLI::IsMember(option.choices));
}

}  // namespace

std::filesystem::path records_beside(const std::filesystem::path& output) {
  return std::filesystem::path(output).replace_extension("jsonl");
}

std::variant<CommandLine, int> parse_caption_command_line(int argument_count, char** arguments) {
  CLI::App app{
      "dali-caption describes in words what media files sound and look like.\n"
      "Without --output it prints the captions with their times.",
      kProgram};

  Typed typed;
  CommandLine line;
  app.add_option("MEDIA", typed.media,
                 "Files or URIs, anything that GStreamer can decode; - is\nstandard input")
      ->type_name("FILE");
  app.add_flag("-r,--recursive", typed.is_recursive,
               "MEDIA may be folders: all that is called as media are, in them\n"
               "and below them. Captions get the same folders below --output");
  app.add_option("--list", typed.list,
                 "A file that names more MEDIA, one a line; - is standard input.\n"
                 "Where RANK and WORLD_SIZE are set, as torchrun does, processes\n"
                 "share what --list and --recursive find")
      ->type_name("FILE");
  app.add_option("-o,--output", typed.output,
                 "A " + format_names(FormatChoice::kAll, ".") +
                     " to write; a folder,\n"
                     "which gets a file for each of MEDIA, numbered where their\n"
                     "names are equal (clip.vtt, clip-2.vtt); or -, standard output")
      ->type_name("FILE");
  app.add_option("-f,--format", typed.format,
                 format_names(FormatChoice::kAll) + " (default: from the name of\n--output; " +
                     output_formats().front().name + " in a folder)")
      ->check(CLI::Validator(
          [](std::string& name) {
            return output_format_named(name) != nullptr
                       ? ""
                       : name + " is not " + format_names(FormatChoice::kAll);
          },
          format_choices()))
      ->type_name("NAME");
  app.add_flag("--records", line.keeps_records,
               "Also write a file beside the captions, NAME.jsonl: a line of\n"
               "JSON on each window and, with --events, on each thing that\n"
               "starts or stops, whether or not a caption tells it");
  app.add_flag("--skip-existing", typed.skips_existing,
               "Leave out media whose captions are there already");
  app.add_option("-j,--jobs", line.jobs,
                 "How many media are captioned at a time, each by its share of\n"
                 "the threads (default: 1)")
      ->check(CLI::Validator(fault_of_jobs, ""))
      ->type_name("N");
  const CLI::Validator track_validator(fault_of_track, "");
  app.add_option("--audio-track", typed.audio_track,
                 "The sound that is captioned: a number from 1, or a language\n"
                 "such as en (default: the first track that the medium flags as\n"
                 "default, else its first)")
      ->check(track_validator)
      ->type_name("N|LANG");
  app.add_option("--video-track", typed.video_track,
                 "The picture, in the same way; covers are not counted")
      ->check(track_validator)
      ->type_name("N|LANG");
  app.add_flag("--no-references", line.refuses_references,
               "Open nothing that MEDIA name: playlists, which name other files\n"
               "and addresses, are refused. For media of strangers");
  app.add_flag_callback(
         "--events", [&line] { line.element_properties["mode"] = "events"; },
         "Captions of what starts, once, instead of one for every window")
      ->group("Captions");
  app.add_flag_callback(
         "--tell-stops", [&line] { line.element_properties["tell-stops"] = "true"; },
         "With --events: also captions of what stops")
      ->group("Captions");
  app.add_flag_callback(
         "--locate-words", [&line] { line.element_properties["locate-words"] = "true"; },
         "Have the model say when in its window each thing sounds, for\n"
         "--events and .json; it takes several times as long")
      ->group("Captions");
  app.add_flag_callback(
         "--off-screen", [&line] { line.element_properties["off-screen"] = "true"; },
         "Have the model say what is heard and not seen, for .json, and\n"
         "mark such captions in the others; it looks at each window twice")
      ->group("Captions");
  app.add_flag("--burn-in", line.burn_in,
               "With " + format_names(FormatChoice::kContainers, ".") +
                   ": draw the captions into the picture, which\n"
                   "is encoded anew, instead of adding a subtitle track");
  app.add_option_function<std::string>(
         "--subtitles", [&line](const std::string& name) { line.form.has_ttml = name == "ttml"; },
         "What the subtitle track of an .mp4 is written in: text, which\n"
         "players know (tx3g), or ttml, for broadcasters and streaming\n"
         "services (stpp) (default: text)")
      ->check(CLI::IsMember(std::vector<std::string>{"text", "ttml"}))
      ->type_name("NAME");
  app.add_flag("--fragmented", line.form.is_fragmented,
               "Write an .mp4 in fragments, as it is streamed");
  app.add_option("--language", line.language, "Of the captions, ISO 639 (default: en)")
      ->check(CLI::Validator(fault_of_language, ""))
      ->type_name("CODE");
  app.add_flag("-q,--quiet", line.quiet, "No progress on standard error");
  app.add_flag_function(
      "-v,--verbose",
      [&line](std::int64_t times) {
        line.verbosity = times > 1 ? Verbosity::kDetails : Verbosity::kDecisions;
      },
      "Say on standard error which tracks are taken, what becomes of\n"
      "each window, and where everything goes; -vv says more. Where\n"
      "the variable GST_DEBUG is set, that decides");
  app.add_flag("--timing", line.timing,
               "Print the time of each of the model's stages and the memory\n"
               "used, on standard error");
  for (const ElementOption& option : element_options()) add_element_option(app, line, option);
  for (const char* option : {"--refresh", "--tell-stops"}) {
    app.get_option(option)->needs("--events");
  }
  app.get_option("--shortest-window")->needs("--window-cuts");
  TypedDescription described;
  add_description_options(app, described);

  if (const auto status = parse_command_line(app, kProgram, argument_count, arguments)) {
    return *status;
  }
  try {
    typed.is_described = !described.output.empty();
    std::string text_output;
    std::string text_format;
    if (typed.is_described) {
      if (is_standard_output(described.output)) {
        throw UsageError("--describe needs a file or a folder");
      }
      text_output = std::exchange(typed.output, described.output);
      if (!text_output.empty()) text_format = std::exchange(typed.format, "");
    }
    const bool writes_into_folder = names_folder(typed);
    if (typed.media.empty() && typed.list.empty()) {
      throw UsageError("MEDIA is required (--help lists the options)");
    }
    line.format = chosen_format(typed, writes_into_folder);
    check_together(typed, line, writes_into_folder);
    if (writes_into_folder) make_folder(typed.output);
    resolve_media(typed, writes_into_folder, line);
    take_share(typed, writes_into_folder, line);
    settle_description(described, text_output, text_format, line);
  } catch (const UsageError& error) {
    return refuse_command_line(kProgram, error.what());
  }
  if (app.count("--language") > 0) line.element_properties["language"] = line.language;
  return line;
}

}  // namespace dali
