// SPDX-License-Identifier: LGPL-2.1-or-later
// Server-sent events by fetch(), as EventSource cannot send the header that has the token.
import { ask, ServerError, UNREACHED } from './server.js';
import { pause } from './times.js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;

// Calls `take(event)` for each, an object, until `signal` says so. Where the connection ends it is made
// anew and goes on behind the last event; `lose(message)` is told why, and `find()` when it is there.
export async function followEvents(address, signal, { take, lose, find }) {
  let lastId = '';
  let wait = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const headers = lastId === '' ? {} : { 'Last-Event-ID': lastId };
      const answer = await ask(address, { signal, headers });
      find();
      for await (const event of eventsOf(answer.body)) {
        wait = FIRST_PAUSE_MS;
        lastId = event.id;
        take(event);
      }
      lose('The server ended the connection. Trying again.');
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof ServerError ? error.message : UNREACHED;
      if (error.status === 404) {
        lose(why);
        return;
      }
      lose(`${why} Trying again.`);
    }
    await pause(wait, signal).catch(() => {});
    wait = Math.min(2 * wait, LONGEST_PAUSE_MS);
  }
}

// The server puts each event's object on one line of data.
async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (waiting + value).split('\n');
    waiting = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length));
    }
  }
}
