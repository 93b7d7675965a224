// SPDX-License-Identifier: LGPL-2.1-or-later
// The picture and sound of a live source, with its captions as cues at their time.
import { ask } from './server.js';
import { pause } from './times.js';

const AGAIN_MS = 2000;
const LOOK_MS = 250;
const MODEL_SECONDS = 3; // that a caption may take behind its window
const LONGEST_DELAY = 60;
const KEPT_SECONDS = 30; // of what was played
const MOST_SECONDS = 120; // of what was not, while the viewer has paused

export class LiveMedia {
  // `problem`: where it is said why there is nothing to be seen.
  constructor(video, problem) {
    this.video = video;
    this.problem = problem;
    this.track = video.addTextTrack('captions', 'Captions', 'en');
    this.track.mode = 'showing';
    this.delay = 0;
    this.isHeld = false; // until there is enough, not by the viewer
    video.addEventListener('pause', () => { this.isPaused = !this.isHeld; });
    video.addEventListener('play', () => { this.isPaused = false; });
  }

  // Shows what comes from there until `signal` says so; each run of the source anew.
  async follow(address, signal) {
    this.#hide('');
    while (!signal.aborted) {
      try {
        await this.#show(await ask(address, { signal }), signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#hide(error.status === 404 ? '' : this.problem.textContent);
        if (error.status === 404) return;
        if (error.isLasting) {
          this.#hide(error.message);
          return;
        }
      }
      await pause(AGAIN_MS, signal).catch(() => {});
    }
  }

  // Each in its time, which is that of the media.
  showCaption({ start, end, text, extends_last: extendsLast }) {
    if (extendsLast && this.lastCue) {
      this.lastCue.endTime = end;
    } else {
      this.lastCue = new VTTCue(start, end, text);
      this.track.addCue(this.lastCue);
    }
    const behind = this.#edge() - start;
    if (behind > 0 && behind + 0.5 > this.delay) this.delay = Math.min(behind + 0.5, LONGEST_DELAY);
    for (const cue of [...this.track.cues]) {
      if (cue.endTime < this.video.currentTime - KEPT_SECONDS) this.track.removeCue(cue);
    }
  }

  forgetCaptions() {
    this.lastCue = null;
    for (const cue of [...this.track.cues]) this.track.removeCue(cue);
  }

  #hide(why) {
    this.video.hidden = true;
    this.problem.textContent = why;
  }

  #edge() {
    const { buffered } = this.video;
    return buffered.length === 0 ? 0 : buffered.end(buffered.length - 1);
  }

  async #show(answer, signal) {
    const kind = answer.headers.get('Content-Type');
    if (!globalThis.MediaSource?.isTypeSupported(kind)) {
      await answer.body.cancel();
      const error = new Error('This browser does not play the picture and sound of the source.');
      error.isLasting = true;
      throw error;
    }
    this.delay = Number(answer.headers.get('Dali-Live-Window') ?? 5) + MODEL_SECONDS;
    this.hasBegun = false;
    this.isPaused = false;
    this.video.classList.toggle('is-sound', kind.startsWith('audio/'));
    const source = new MediaSource();
    const place = URL.createObjectURL(source);
    const looking = setInterval(() => this.#keepBehind(), LOOK_MS);
    try {
      const opened = once(source, 'sourceopen');
      this.video.src = place;
      await opened;
      const buffer = source.addSourceBuffer(kind);
      const reader = answer.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || signal.aborted) break;
        buffer.appendBuffer(value);
        await once(buffer, 'updateend');
        await this.#forgetOld(buffer);
        this.video.hidden = false;
        this.problem.textContent = '';
      }
      if (source.readyState === 'open') source.endOfStream();
    } finally {
      clearInterval(looking);
      URL.revokeObjectURL(place);
    }
  }

  async #forgetOld(buffer) {
    if (buffer.buffered.length === 0) return;
    const until = Math.max(this.video.currentTime - KEPT_SECONDS, this.#edge() - MOST_SECONDS);
    if (until < buffer.buffered.start(0) + KEPT_SECONDS / 2) return;
    buffer.remove(0, until);
    await once(buffer, 'updateend');
  }

  // As far behind the source as its captions are, so that they show in time.
  #keepBehind() {
    const { video } = this;
    const { buffered } = video;
    if (buffered.length === 0 || this.isPaused) return;
    const first = buffered.start(buffered.length - 1);
    const wanted = Math.max(this.#edge() - this.delay, first);
    const ahead = video.currentTime - wanted;
    if (!this.hasBegun || ahead < -3 || video.currentTime < buffered.start(0)) {
      this.hasBegun = true;
      video.currentTime = wanted;
      this.#hold(false);
    } else {
      this.#hold(ahead > (this.isHeld ? 0.1 : 1));
    }
  }

  #hold(isHeld) {
    this.isHeld = isHeld;
    if (isHeld) {
      this.video.pause();
    } else if (this.video.paused) {
      // A browser that lets no page begin to play shows its own button.
      this.video.play().catch(() => {});
    }
  }
}

function once(target, name) {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const listen = (event, does) => target.addEventListener(event, () => { over.abort(); does(); },
      { signal: over.signal });
    listen(name, resolve);
    listen('error', () => reject(new Error('The media cannot be played.')));
  });
}
