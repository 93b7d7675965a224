// SPDX-License-Identifier: LGPL-2.1-or-later
// A file that the server captions: sent, waited for, and given up if the user says so.
import { ask, authorization, errorOf, ServerError } from './server.js';
import { pause } from './times.js';

const LOOK_MS = 500;
const MOST_MISSED = 20; // looks in a row that may find no server: it is busy, or the network is

export class FileJob {
  // `tell(phase, fraction)` is told how far it is; `fraction` is null where that is not known.
  // `fields` are of the request, by their names.
  constructor(file, fields, tell) {
    this.file = file;
    this.fields = fields;
    this.tell = tell;
    this.id = null;
    this.giveUp = new AbortController();
  }

  // {result, warnings}. Throws ServerError, or an AbortError after cancel().
  async run() {
    const signal = this.giveUp.signal;
    this.tell('Asking the server', null);
    await ask('live', { signal }); // so that the token is the right one before a large file goes
    const job = await this.#send();
    this.id = job.id;
    if (signal.aborted) this.#end();
    const ended = await this.#wait(job);
    this.id = null;
    return { result: ended.result, warnings: ended.warnings ?? [] };
  }

  cancel() {
    this.giveUp.abort();
    this.#end();
  }

  #end() {
    if (this.id === null) return;
    const address = `v1/jobs/${this.id}`;
    this.id = null;
    // Also when the page goes.
    ask(address, { method: 'DELETE', keepalive: true }).catch(() => {});
  }

  // fetch() does not say how much of a body has gone.
  #send() {
    const signal = this.giveUp.signal;
    this.tell('Sending the file', 0);
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const form = new FormData();
      for (const [name, value] of Object.entries(this.fields)) form.append(name, value);
      form.append('async', '1');
      form.append('file', this.file);
      request.open('POST', 'v1/captions');
      for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => this.tell('Sending the file', event.loaded / Math.max(event.total, 1));
      request.onload = () => {
        if (request.status === 202) resolve(JSON.parse(request.responseText));
        else reject(errorOf(request.status, request.responseText, request.getResponseHeader('Retry-After')));
      };
      request.onerror = () => reject(new ServerError(0,
        'The connection broke while the file was sent: ' +
        'the file cannot be read any more, or the server cannot be reached.'));
      request.onabort = () => reject(signal.reason);
      signal.addEventListener('abort', () => request.abort(), { once: true });
      request.send(form);
    });
  }

  async #wait(job) {
    const signal = this.giveUp.signal;
    let missed = 0;
    for (;;) {
      if (job.state === 'done') return job;
      if (job.error) throw new ServerError(0, job.error.message);
      if (job.state === 'queued') this.tell('Waiting for its turn', null);
      else this.tell('Captioning', job.fraction > 0 ? job.fraction : null);
      await pause(LOOK_MS, signal);
      try {
        job = await (await ask(`v1/jobs/${this.id}`, { signal })).json();
        missed = 0;
      } catch (error) {
        if (signal.aborted || error.status !== 0 || ++missed > MOST_MISSED) throw error;
      }
    }
  }
}
