// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <libsoup/soup.h>

#include <string>

#include "pipelines/serve/job_queue.h"
#include "pipelines/serve/routes.h"
#include "pipelines/serve/server_parts.h"

namespace dali {

// How far a job is, and what came of it.
std::string job_json(const Job& job);

// The captions of a job that is done, with a header Dali-Warning for each of its warnings.
void answer_with_captions(const Job& job, SoupServerMessage* message);

// GET and DELETE of /v1/jobs/ID, and its captions as they would have been answered at once. Throws
// RequestError.
void answer_about_job(JobQueue& jobs, const Route& route, SoupServerMessage* message);

// The one model, as clients of OpenAI's list them.
std::string models_json(const std::string& model);

// Whether requests are answered now: 503 while the model is loaded, and at the end.
void answer_health(const ServerParts& parts, SoupServerMessage* message);

// Throws RequestError unless a medium may be fetched from there.
void check_uri(const std::string& uri, bool is_allowed);

}  // namespace dali
