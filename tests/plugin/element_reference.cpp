// SPDX-License-Identifier: LGPL-2.1-or-later
// What docs/elements/ says of the elements' pads, caps and properties, taken from the elements:
//
//     element-reference FOLDER            whether each element's page there says just that
//     element-reference --write FOLDER    writes it into the pages, between their two marks
//
// With `GST_PLUGIN_SYSTEM_PATH_1_0= GST_REGISTRY=FILE` in front, FILE being a new one, as the test
// has it: what a bin takes grows with the decoders that are installed.

#include <glib-object.h>
#include <gst/audio/audio.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "gst-plugin/elements.h"

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBegin = "<!-- element-reference: begin -->\n";
constexpr std::string_view kEnd = "<!-- element-reference: end -->\n";

std::string code(std::string_view text) {
  return "`" + std::string(text) + "`";
}

// A cell of a table.
std::string cell(std::string text) {
  for (std::size_t bar = text.find('|'); bar != std::string::npos; bar = text.find('|', bar + 2)) {
    text.replace(bar, 1, "\\|");
  }
  return text;
}

bool is_any_number(const GValue* value) {
  if (GST_VALUE_HOLDS_INT_RANGE(value)) return gst_value_get_int_range_max(value) == G_MAXINT;
  return GST_VALUE_HOLDS_FRACTION_RANGE(value) &&
         gst_value_get_fraction_numerator(gst_value_get_fraction_range_max(value)) == G_MAXINT;
}

// A list that leaves out nothing of what this GStreamer knows, whose newer versions know more.
bool is_every_format(const GstStructure* structure, const GValue* value) {
  if (!GST_VALUE_HOLDS_LIST(value)) return false;
  guint known = 0;
  if (gst_structure_has_name(structure, "audio/x-raw")) gst_audio_formats_raw(&known);
  if (gst_structure_has_name(structure, "video/x-raw")) gst_video_formats_raw(&known);
  return gst_value_list_get_size(value) == known;
}

std::string text_of(const GstStructure* structure) {
  std::string text = code(gst_structure_get_name(structure));
  std::vector<std::string> fields;
  for (gint i = 0; i < gst_structure_n_fields(structure); ++i) {
    const char* name = gst_structure_nth_field_name(structure, static_cast<guint>(i));
    const GValue* value = gst_structure_get_value(structure, name);
    if (is_any_number(value)) continue;
    if (is_every_format(structure, value)) {
      fields.emplace_back("every raw format");
      continue;
    }
    g_autofree gchar* serialised = gst_value_serialize(value);
    std::string words = serialised;
    for (std::size_t type = words.find("(string)"); type != std::string::npos;
         type = words.find("(string)")) {
      words.erase(type, 8);
    }
    fields.push_back(std::string(name) + " " + code(words));
  }
  // In whatever order GStreamer keeps them.
  std::ranges::sort(fields);
  for (const std::string& field : fields) text += (&field == &fields[0] ? ": " : ", ") + field;
  return text;
}

std::string text_of(const GstCaps* caps) {
  if (gst_caps_is_any(caps)) return "any";
  std::string text;
  for (guint i = 0; i < gst_caps_get_size(caps); ++i) {
    const GstCapsFeatures* features = gst_caps_get_features(caps, i);
    if (!text.empty()) text += "; ";
    text += text_of(gst_caps_get_structure(caps, i));
    if (gst_caps_features_is_any(features)) text += " in any memory";
  }
  return text;
}

std::string pads_of(GstElementFactory* factory) {
  constexpr const char* kPresence[] = {"always", "sometimes", "on request"};
  std::vector<std::string> rows;
  for (const GList* item = gst_element_factory_get_static_pad_templates(factory); item != nullptr;
       item = item->next) {
    auto* pad = static_cast<GstStaticPadTemplate*>(item->data);
    GstCaps* caps = gst_static_caps_get(&pad->static_caps);
    rows.push_back("| " + code(pad->name_template) + " | " +
                   (pad->direction == GST_PAD_SINK ? "sink" : "source") + ", " +
                   kPresence[pad->presence] + " | " + cell(text_of(caps)) + " |\n");
    gst_caps_unref(caps);
  }
  std::ranges::sort(rows);
  std::string text = "| pad | | caps |\n|---|---|---|\n";
  for (const std::string& row : rows) text += row;
  return text;
}

struct PropertyKind {
  std::string type;  // with its range
  std::string initial;
  std::string choices;
};

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.12g", value);
  return text;
}

PropertyKind kind_of(GParamSpec* property) {
  if (auto* count = G_IS_PARAM_SPEC_UINT(property) ? G_PARAM_SPEC_UINT(property) : nullptr) {
    return {std::to_string(count->minimum) + " to " + std::to_string(count->maximum),
            std::to_string(count->default_value), ""};
  }
  if (auto* count = G_IS_PARAM_SPEC_UINT64(property) ? G_PARAM_SPEC_UINT64(property) : nullptr) {
    return {"64-bit number", std::to_string(count->default_value), ""};
  }
  if (auto* real = G_IS_PARAM_SPEC_DOUBLE(property) ? G_PARAM_SPEC_DOUBLE(property) : nullptr) {
    return {number(real->minimum) + " to " + number(real->maximum), number(real->default_value),
            ""};
  }
  if (auto* flag = G_IS_PARAM_SPEC_BOOLEAN(property) ? G_PARAM_SPEC_BOOLEAN(property) : nullptr) {
    return {"true or false", flag->default_value ? "true" : "false", ""};
  }
  if (auto* text = G_IS_PARAM_SPEC_STRING(property) ? G_PARAM_SPEC_STRING(property) : nullptr) {
    return {"text", text->default_value ? text->default_value : "", ""};
  }
  if (auto* choice = G_IS_PARAM_SPEC_ENUM(property) ? G_PARAM_SPEC_ENUM(property) : nullptr) {
    PropertyKind kind{"choice", "", ""};
    for (guint i = 0; i < choice->enum_class->n_values; ++i) {
      const GEnumValue& value = choice->enum_class->values[i];
      if (value.value == choice->default_value) kind.initial = value.value_nick;
      kind.choices += (i > 0 ? "; " : " ") + code(value.value_nick);
      // GStreamer's own enumerations say no more here than their names.
      const std::string_view meaning = value.value_name;
      if (!meaning.starts_with("GST_")) kind.choices += ": " + std::string(meaning);
    }
    return kind;
  }
  if (G_IS_PARAM_SPEC_BOXED(property)) return {"structure", "", ""};
  throw std::logic_error(std::string(property->name) + " is of a kind that has no words here");
}

std::string when_changeable(const GParamSpec* property) {
  if ((property->flags & G_PARAM_WRITABLE) == 0) return "read only";
  if ((property->flags & GST_PARAM_MUTABLE_PLAYING) != 0) return "in every state";
  if ((property->flags & GST_PARAM_MUTABLE_READY) != 0) return "in NULL and READY";
  return "";
}

std::string properties_of(GType type) {
  gpointer object_class = g_type_class_ref(type);
  guint count = 0;
  g_autofree GParamSpec** all =
      g_object_class_list_properties(G_OBJECT_CLASS(object_class), &count);
  std::vector<GParamSpec*> own(all, all + count);
  std::erase_if(own, [type](const GParamSpec* spec) { return spec->owner_type != type; });
  std::ranges::sort(own, {}, [](const GParamSpec* spec) { return std::string_view(spec->name); });
  std::string text = "| property | values | default | set | |\n|---|---|---|---|---|\n";
  for (GParamSpec* property : own) {
    const PropertyKind kind = kind_of(property);
    const std::string initial = kind.initial.empty() ? "" : code(kind.initial);
    text += "| " + code(property->name) + " | " + kind.type + " | " + initial + " | " +
            when_changeable(property) + " | " +
            cell(std::string(g_param_spec_get_blurb(property)) + kind.choices) + " |\n";
  }
  g_type_class_unref(object_class);
  return text;
}

std::string reference_of(GstElementFactory* factory) {
  return "## Pads\n\n" + pads_of(factory) + "\n## Properties\n\n" +
         properties_of(gst_element_factory_get_element_type(factory));
}

// The page with the reference between its marks.
std::string with_reference(const std::string& page, const std::string& reference) {
  const std::size_t begin = page.find(kBegin);
  const std::size_t end = page.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    throw std::runtime_error("has no marks for the element's reference");
  }
  return page.substr(0, begin + kBegin.size()) + "\n" + reference + "\n" + page.substr(end);
}

std::string contents_of(const fs::path& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error("there is no such page");
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Whether the page says what the element is, now.
bool settle_page(GstElementFactory* factory, const fs::path& page, bool writes) try {
  const std::string there = contents_of(page);
  const std::string wanted = with_reference(there, reference_of(factory));
  if (there == wanted) return true;
  if (!writes) throw std::runtime_error("is not what the element says; run with --write");
  std::ofstream stream(page);
  stream << wanted;
  return stream.good();
} catch (const std::exception& error) {
  std::fprintf(stderr, "element-reference: %s: %s\n", page.c_str(), error.what());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(nullptr, nullptr);
  const std::string_view word = argc > 1 ? argv[1] : "";
  const bool writes = word == "--write";
  if (argc != (writes ? 3 : 2) || !dali::register_elements(nullptr)) {
    std::fputs("Usage: element-reference [--write] FOLDER\n", stderr);
    return word == "--help" ? 0 : 2;
  }
  bool all_are_right = true;
  int elements = 0;
  GList* factories = gst_registry_get_feature_list(gst_registry_get(), GST_TYPE_ELEMENT_FACTORY);
  for (const GList* item = factories; item != nullptr; item = item->next) {
    const std::string name = gst_plugin_feature_get_name(GST_PLUGIN_FEATURE(item->data));
    if (!name.starts_with("dali")) continue;
    ++elements;
    const fs::path page = fs::path(argv[argc - 1]) / (name + ".md");
    if (!settle_page(GST_ELEMENT_FACTORY(item->data), page, writes)) all_are_right = false;
  }
  gst_plugin_feature_list_free(factories);
  return all_are_right && elements > 0 ? 0 : 1;
}
