// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "media/clips/manifest.h"
#include "training/loop/process_group.h"

namespace dali {

// The processes that share the clips, each on the device that own_device() gives it. Who is done
// first waits for the last, for up to a day.
std::unique_ptr<ProcessGroup> join_for_clip_records(const std::string& device);

// What is found out of each clip, one JSON object a clip, for results that go to `file` once all
// clips are done. Until then the objects lie beside it, a line each, in FILE.journal-RANK: a run
// that is cut off goes on with what it finds there, with as many processes as it likes, but for
// clips whose files have changed since.
//
// Every process calls this with the same clips and sees to its share of them. The first one returns
// all objects in the places of their clips, null where `make` threw std::exception, which is named
// on standard error, where the first one also says how many have none; the others return nothing,
// once all are done.
//
// Throws std::runtime_error naming the file when a journal cannot be written, when there is no
// object at all, when the processes do not write to one folder; and as ProcessGroup::add_up() does
// when another process has died, whose objects are not lost. Progress goes to standard error, in
// words of `task` ("clips labelled").
std::vector<nlohmann::json> make_clip_records(
    const std::filesystem::path& file, const std::vector<Clip>& clips, const char* task,
    const ProcessGroup& processes, const std::function<nlohmann::json(const Clip&)>& make);

// Of no use any more, once the results are in `file`.
void remove_clip_records(const std::filesystem::path& file);

// Whether a run was cut off that makes results in this folder.
bool holds_clip_records(const std::filesystem::path& folder);

}  // namespace dali
