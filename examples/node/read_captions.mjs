#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the captions of a media file from the lines of JSON that the element writes, one a window, as
// they come: read_captions.mjs MEDIA
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const medium = process.argv[2];
if (medium === undefined) {
  console.error('Usage: read_captions.mjs MEDIA');
  process.exit(2);
}

// Node's pipes are sockets, which cannot be opened by a name such as /dev/stdout: `cat` takes one from
// the shell. The live source, which brings nothing, spares gst-launch of GStreamer 1.22 a hang at the end.
const launch = spawn('bash', ['-o', 'pipefail', '-c', '"$@" | cat', 'bash', 'gst-launch-1.0', '-q',
  'fakesrc', 'is-live=true', 'num-buffers=0', '!', 'fakesink', 'async=false',
  'filesrc', `location=${medium}`, '!', 'decodebin', 'name=media',
  'media.', '!', 'captioner.audio_sink', 'media.', '!', 'captioner.video_sink',
  'dalicaptioner', 'name=captioner', 'json-location=/dev/stdout',
  'captioner.text_src', '!', 'fakesink'], { stdio: ['ignore', 'pipe', 'inherit'] });
launch.on('error', (error) => {
  console.error(`bash: ${error.message}`);
  process.exitCode = 1;
});
launch.on('close', (status) => { process.exitCode ||= status ?? 1; });

for await (const line of createInterface({ input: launch.stdout })) {
  if (!line.startsWith('{')) continue;  // what gst-launch says itself
  const window = JSON.parse(line);
  if (window.outcome !== 'caption') continue;
  console.log(window.start.toFixed(3), window.end.toFixed(3), window.confidence.toFixed(2), window.text);
}
