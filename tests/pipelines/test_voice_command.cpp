// SPDX-License-Identifier: LGPL-2.1-or-later
// Voices that speak, hang, fail, are not there or say too much: what comes of each, and that
// nothing of them goes on.
#include "media/describing/voice_command.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>

#include "tests/support/check_suite.h"

using dali::spoken_by;
using dali::VoiceCommand;
using dali::VoiceError;

namespace {

bool never() {
  return false;
}

std::string spoken(const VoiceCommand& voice, const std::string& text = "a dog barks") {
  return spoken_by(voice, text, 160, never);
}

// What is wrong with the voice. Fails the test if nothing is.
std::string fault_of(const VoiceCommand& voice) {
  try {
    spoken(voice);
  } catch (const VoiceError& error) {
    return error.what();
  }
  ck_abort_msg("%s speaks", voice.command.c_str());
  return "";
}

void assert_fault(const VoiceCommand& voice, const std::string& words) {
  const std::string fault = fault_of(voice);
  ck_assert_msg(fault.find(words) != std::string::npos, "'%s' is not in '%s'", words.c_str(),
                fault.c_str());
  ck_assert_msg(fault.find('\n') == std::string::npos, "two lines: %s", fault.c_str());
}

bool has_children() {
  return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD;
}

void assert_text(const std::string& text, const std::string& expected) {
  ck_assert_str_eq(text.c_str(), expected.c_str());
}

}  // namespace

START_TEST(a_command_gets_the_text_and_its_output_is_taken) {
  assert_text(spoken({.command = "cat"}), "a dog barks\n");
  assert_text(spoken({.command = "printf '%s' \"$DALI_VOICE $DALI_WORDS_A_MINUTE\"",
                      .voice = "de; rm -rf \"$x\""}),
              "de; rm -rf \"$x\" 160");
  ck_assert(!has_children());
}
END_TEST

// Both are there twice for whoever starts a voice from a voice.
START_TEST(what_is_asked_for_counts_more_than_what_is_inherited) {
  ::setenv("DALI_VOICE", "fr", 1);
  ::setenv("DALI_WORDS_A_MINUTE", "300", 1);
  const char* const command = "printf '%s' \"$DALI_VOICE $DALI_WORDS_A_MINUTE\"";
  assert_text(spoken({.command = command, .voice = "de"}), "de 160");
}
END_TEST

// More than a pipe holds, in both directions.
START_TEST(long_texts_and_sounds_pass) {
  const std::string text(300000, 'x');
  ck_assert(spoken({.command = "cat"}, text) == text + '\n');
}
END_TEST

START_TEST(a_command_that_reads_nothing_speaks_all_the_same) {
  assert_text(spoken({.command = "echo sound"}, std::string(300000, 'x')), "sound\n");
}
END_TEST

START_TEST(a_command_that_is_not_there_is_named) {
  assert_fault({.command = "no-such-voice-anywhere"}, "'no-such-voice-anywhere' is not there");
}
END_TEST

START_TEST(a_command_that_fails_says_why) {
  assert_fault({.command = "echo no licence >&2; exit 3"}, "failed with status 3: no licence");
  assert_fault({.command = "kill -SEGV $$"}, "Segmentation fault");
  assert_fault({.command = "exit 1"}, "failed with status 1");
}
END_TEST

START_TEST(a_command_that_writes_nothing_is_told) {
  assert_fault({.command = "true"}, "wrote nothing");
}
END_TEST

START_TEST(a_command_that_hangs_is_ended_with_all_that_it_started) {
  using std::chrono::milliseconds;
  for (const char* command : {"cat; sleep 1000", "sleep 1000 & sleep 1000 & wait",
                              "sleep 1000 & exit 0", "exec >&- 2>&-; sleep 1000"}) {
    assert_fault({.command = command, .patience = milliseconds(200)}, "has not ended after");
    ck_assert(!has_children());
  }
}
END_TEST

START_TEST(a_command_without_end_is_ended) {
  assert_fault({.command = "cat /dev/zero", .most_bytes = 1 << 20}, "more than 1 MiB");
  assert_fault({.command = "yes oh >&2", .patience = std::chrono::milliseconds(200)},
               "has not ended");
  ck_assert(!has_children());
}
END_TEST

// Children are gone then before anybody can ask how they ended.
START_TEST(a_process_that_ignores_its_children_hears_voices_too) {
  ::signal(SIGCHLD, SIG_IGN);
  assert_text(spoken({.command = "cat"}), "a dog barks\n");
  assert_text(spoken({.command = "(exit 3) || echo sound"}), "sound\n");
  assert_fault({.command = "exit 3"}, "wrote nothing");
}
END_TEST

START_TEST(whoever_is_asked_to_stop_does_not_wait) {
  int looks = 0;
  bool has_stopped = false;
  try {
    spoken_by({.command = "sleep 1000"}, "a dog", 160, [&] { return ++looks > 2; });
  } catch (const VoiceError&) {
    has_stopped = true;
  }
  ck_assert(has_stopped);
  ck_assert(!has_children());
}
END_TEST

int main() {
  Suite* suite = suite_create("voice command");
  TCase* voices = tcase_create("voices");
  tcase_add_test(voices, a_command_gets_the_text_and_its_output_is_taken);
  tcase_add_test(voices, what_is_asked_for_counts_more_than_what_is_inherited);
  tcase_add_test(voices, long_texts_and_sounds_pass);
  tcase_add_test(voices, a_command_that_reads_nothing_speaks_all_the_same);
  tcase_add_test(voices, a_command_that_is_not_there_is_named);
  tcase_add_test(voices, a_command_that_fails_says_why);
  tcase_add_test(voices, a_command_that_writes_nothing_is_told);
  tcase_add_test(voices, a_command_that_hangs_is_ended_with_all_that_it_started);
  tcase_add_test(voices, a_command_without_end_is_ended);
  tcase_add_test(voices, a_process_that_ignores_its_children_hears_voices_too);
  tcase_add_test(voices, whoever_is_asked_to_stop_does_not_wait);
  suite_add_tcase(suite, voices);
  return dali::run_suite(suite);
}
