// SPDX-License-Identifier: LGPL-2.1-or-later
// The one model that all media of dali-caption are captioned with: that it is there, goes, and
// leaves nothing behind.
#include "pipelines/caption/kept_model.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "model/base/embedded_model.h"
#include "model/service/remote_engine.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// Where the test's temporary files are made, and it sees whether they go.
class PlaceForFiles {
 public:
  PlaceForFiles() { ::setenv("TMPDIR", folder_.path().c_str(), 1); }
  bool is_empty() const { return fs::is_empty(folder_.path()); }

 private:
  TemporaryDirectory folder_;
};

pid_t only_child() {
  std::ifstream children("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  pid_t child = -1;
  children >> child;
  ck_assert_int_gt(child, 0);
  return child;
}

START_TEST(a_kept_model_is_there_for_others_and_goes_with_its_owner) {
  const PlaceForFiles place;
  {
    KeptModel kept({});
    ck_assert(kept.is_there());
    const RemoteEngine engine(kept.socket());
    const std::string name = engine.model_name();
    ck_assert_str_eq(name.c_str(), "toyworld");
  }
  ck_assert(place.is_empty());
  ck_assert_int_lt(::waitpid(-1, nullptr, 0), 0);
}
END_TEST

START_TEST(a_model_that_cannot_be_loaded_is_not_there) {
  const PlaceForFiles place;
  for (const KeptModelRequest& request :
       {KeptModelRequest{.model = "/no/such/model"}, KeptModelRequest{.device = "no such"}}) {
    KeptModel kept(request);
    ck_assert(!kept.is_there());
    ck_assert(place.is_empty());
  }
}
END_TEST

START_TEST(without_a_place_for_its_socket_it_is_not_there) {
  ::setenv("TMPDIR", "/no/such/folder", 1);
  KeptModel kept({});
  ck_assert(!kept.is_there());
}
END_TEST

START_TEST(one_that_was_killed_is_not_there_any_more) {
  const PlaceForFiles place;
  {
    KeptModel kept({});
    ck_assert(kept.is_there());
    ck_assert_int_eq(::kill(only_child(), SIGKILL), 0);
    while (kept.is_there()) std::this_thread::yield();
  }
  ck_assert(place.is_empty());
}
END_TEST

// As when it is killed.
START_TEST(an_owner_that_goes_without_a_word_leaves_nothing) {
  const PlaceForFiles place;
  const pid_t owner = ::fork();
  if (owner == 0) {
    KeptModel kept({});
    ::_exit(kept.is_there() && !place.is_empty() ? 0 : 1);
  }
  int status = -1;
  ck_assert_int_eq(::waitpid(owner, &status, 0), owner);
  ck_assert_int_eq(status, 0);
  while (!place.is_empty()) std::this_thread::yield();
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  if (!fs::exists(embedded_model_directory() / "config.json")) {
    std::printf("there is no embedded model in %s\n", embedded_model_directory().c_str());
    return 77;  // as Meson counts what was skipped
  }
  Suite* suite = suite_create("kept_model");
  TCase* cases = tcase_create("kept_model");
  tcase_add_test(cases, a_kept_model_is_there_for_others_and_goes_with_its_owner);
  tcase_add_test(cases, a_model_that_cannot_be_loaded_is_not_there);
  tcase_add_test(cases, without_a_place_for_its_socket_it_is_not_there);
  tcase_add_test(cases, one_that_was_killed_is_not_there_any_more);
  tcase_add_test(cases, an_owner_that_goes_without_a_word_leaves_nothing);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
