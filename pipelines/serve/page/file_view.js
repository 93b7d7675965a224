// SPDX-License-Identifier: LGPL-2.1-or-later
// A file of the user's, played from where it is, with its captions.
import { CaptionList } from './caption_list.js';
import { toJson, toSrt, toWebVtt } from './caption_formats.js';
import { FileJob } from './file_job.js';
import { ProgrammePicture, spansOf } from './programme.js';
import { counted, shortTime } from './times.js';

const at = (id) => document.getElementById(id);

export class FileView {
  constructor() {
    this.player = at('player');
    this.list = new CaptionList(at('file-list'),
      { label: 'Captions of the file', nothing: 'The captions stand here when they are made.', isLive: false });
    this.programme = new ProgrammePicture(at('file-programme'), (seconds) => this.#play(seconds));
    this.file = null;
    this.written = []; // as dali-caption writes them
    this.captions = [];
    this.job = null;
    this.addresses = []; // of what the player shows
    at('medium').addEventListener('change', (event) => this.#take(event.target.files));
    // The same file once more is a choice as well.
    at('medium').addEventListener('click', (event) => { event.target.value = ''; });
    at('cancel').addEventListener('click', () => this.#cancel());
    at('wants-events').addEventListener('change', () => { if (this.file) this.#caption(); });
    at('again').addEventListener('click', () => this.#caption());
    at('downloads').addEventListener('click', (event) => this.#download(event.target.dataset.format));
    this.player.addEventListener('timeupdate', () => this.#mark());
    // Browsers show the captions of pictures, and none of a sound.
    this.player.addEventListener('loadedmetadata', () => {
      at('sound-caption').hidden = this.player.videoWidth > 0;
      this.player.classList.toggle('is-sound', this.player.videoWidth === 0);
    });
    this.player.addEventListener('error', () => {
      at('player-problem').textContent = 'This browser cannot play the file. Its captions can be read and downloaded.';
    });
    addEventListener('pagehide', () => this.job?.cancel());
    this.#acceptDrops();
  }

  #acceptDrops() {
    // Anywhere on the page: beside the place, a browser would leave the page and open the file.
    addEventListener('dragover', (event) => {
      event.preventDefault();
      at('drop').classList.add('is-over');
    });
    addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) at('drop').classList.remove('is-over');
    });
    addEventListener('drop', (event) => {
      event.preventDefault();
      at('drop').classList.remove('is-over');
      this.#take(event.dataTransfer.files);
    });
  }

  #take(files) {
    if (files.length === 0) return;
    this.file = files[0];
    at('file-name').textContent = this.file.name;
    at('watch').hidden = false;
    this.#unload();
    this.player.src = this.#address(this.file);
    this.#caption(files.length > 1 ? `Of ${files.length} files, the first is taken. ` : '');
  }

  #unload() {
    this.player.replaceChildren();
    this.player.classList.remove('is-sound');
    at('sound-caption').hidden = true;
    at('player-problem').textContent = '';
    for (const address of this.addresses) URL.revokeObjectURL(address);
    this.addresses = [];
  }

  #address(blob) {
    this.addresses.push(URL.createObjectURL(blob));
    return this.addresses.at(-1);
  }

  async #caption(note = '') {
    this.list.clear();
    this.rows = [];
    this.written = [];
    this.captions = [];
    this.programme.hide();
    this.player.replaceChildren();
    at('downloads').hidden = true;
    const done = await this.#run('json', note);
    if (!done) return;
    this.written = done.result;
    this.captions = this.written.filter((each) => 'text' in each); // the others are of sources alone
    for (const caption of this.captions) {
      this.rows.push(this.list.add({
        when: shortTime(caption.start),
        text: caption.text,
        choose: () => this.#play(caption.start),
      }));
    }
    this.#addTrack();
    this.#showProgramme();
    at('downloads').hidden = this.written.length === 0;
    const found = this.captions.length === 0 ? 'Nothing in the file was worth a caption.'
      : `Done: ${counted(this.captions.length, 'caption', 'captions')}.`;
    at('work-phase').textContent = [note + found, ...done.warnings].join(' ');
  }

  #play(seconds) {
    this.player.currentTime = seconds;
    this.player.play().catch(() => {}); // what cannot be played has been said
  }

  #showProgramme() {
    const spans = spansOf(this.written);
    const ends = [...spans, ...this.written].map((each) => each.end);
    // A browser that cannot play the file does not know how long it is.
    const length = Number.isFinite(this.player.duration) ? this.player.duration : 0;
    this.programme.show({ captions: this.captions, spans, from: 0, to: ends.reduce((a, b) => Math.max(a, b), length) });
  }

  #addTrack() {
    const track = document.createElement('track');
    track.kind = 'captions';
    track.label = 'Captions';
    track.srclang = 'en';
    track.default = true;
    track.src = this.#address(new Blob([toWebVtt(this.captions)], { type: 'text/vtt' }));
    this.player.append(track);
    track.track.mode = 'showing';
  }

  // What the server makes of the file; null when it was cancelled, refused, or replaced by another.
  async #run(format, note = '') {
    this.job?.cancel();
    const fields = { format };
    if (at('wants-events').checked) fields.events = '1';
    const job = new FileJob(this.file, fields, (phase, fraction) => {
      if (this.job === job) this.#tell(note + phase, fraction);
    });
    this.job = job;
    at('work-problem').textContent = '';
    at('again').hidden = true;
    at('work-progress').hidden = false;
    try {
      const done = await job.run();
      return this.job === job ? done : null;
    } catch (error) {
      if (this.job !== job) return null;
      const isCancelled = error.name === 'AbortError';
      at('work-phase').textContent = isCancelled ? 'Cancelled.' : '';
      at('work-problem').textContent = isCancelled ? '' : error.message;
      at('again').hidden = this.captions.length > 0;
      return null;
    } finally {
      if (this.job === job) {
        // The button that has the focus is about to go.
        const hasFocus = document.activeElement === at('cancel');
        this.job = null;
        at('work-progress').hidden = true;
        if (hasFocus) (at('again').hidden ? at('medium') : at('again')).focus();
      }
    }
  }

  #cancel() {
    this.job?.cancel();
  }

  #tell(phase, fraction) {
    // Screen readers say it once, and not each percentage.
    if (at('work-phase').textContent !== phase) at('work-phase').textContent = phase;
    if (fraction === null) at('progress').removeAttribute('value');
    else at('progress').value = fraction;
    at('percent').textContent = fraction === null ? '' : `${Math.round(100 * fraction)} %`;
  }

  #mark() {
    const now = this.player.currentTime;
    this.programme.setNow(now);
    const index = this.captions.findIndex((each) => each.start <= now && now < each.end);
    this.list.setCurrent(index < 0 ? null : this.rows[index]);
    const text = index < 0 ? '' : this.captions[index].text;
    if (at('sound-caption').textContent !== text) at('sound-caption').textContent = text;
  }

  async #download(format) {
    if (!format) return;
    let text = '';
    if (format === 'ttml' || format === 'svg') {
      // TTML's lines are broken by the server's own typesetting, and the picture is drawn by it.
      const name = format.toUpperCase();
      const done = await this.#run(format, `${name} is made by the server anew. `);
      if (!done) return;
      text = done.result;
      at('work-phase').textContent = [`${name} is ready.`, ...done.warnings].join(' ');
    } else {
      text = format === 'json' ? toJson(this.written) : { vtt: toWebVtt, srt: toSrt }[format](this.captions);
    }
    const link = document.createElement('a');
    const address = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
    link.href = address;
    link.download = `${this.file.name.replace(/\.[^.]*$/, '')}.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60000); // the browser may still be writing it
  }
}
