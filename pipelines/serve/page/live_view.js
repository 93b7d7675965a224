// SPDX-License-Identifier: LGPL-2.1-or-later
// The live sources of the server: what is heard now, and what was.
import { CaptionList } from './caption_list.js';
import { followEvents } from './event_stream.js';
import { LiveMedia } from './live_media.js';
import { ProgrammePicture } from './programme.js';
import { counted, shortTime } from './times.js';

const SHOWN_SECONDS = 300; // of the sources, up to now
const DRAW_MS = 1000;
const SETTLE_MS = 150; // of what comes together, the last caption alone is shown and said
const STATE_NAMES = { running: 'Running', ended: 'Ended', failed: 'Failed', waiting: 'Waiting', lost: 'No connection' };

const at = (id) => document.getElementById(id);

export class LiveView {
  // `names` of sources, one or more.
  constructor(names) {
    this.list = new CaptionList(at('live-list'),
      { label: 'What was heard', nothing: 'Nothing has been heard yet.', isLive: true });
    this.media = new LiveMedia(at('live-player'), at('live-problem'));
    this.programme = new ProgrammePicture(at('live-programme'));
    setInterval(() => this.#showProgramme(), DRAW_MS);
    for (const name of names) at('source').append(new Option(name, name));
    at('source').addEventListener('change', () => this.#watch(at('source').value));
    at('live').hidden = false;
    this.#watch(names[0]);
  }

  #watch(name) {
    this.leave?.abort();
    this.leave = new AbortController();
    const { signal } = this.leave;
    this.list.clear();
    this.last = null; // the row that a caption may go on with
    this.lastNumber = 0;
    this.epoch = '';
    this.#forgetSources();
    this.gaps = 0;
    this.restarts = 0;
    this.hasRun = false;
    clearTimeout(this.settling);
    at('live-caption').textContent = '';
    this.#setState('waiting', '');
    this.#count();
    const isStill = (does) => (...words) => { if (!signal.aborted) does(...words); };
    followEvents(`live/${encodeURIComponent(name)}/events`, signal, {
      take: isStill((event) => this.#take(event)),
      lose: isStill((why) => this.#setState('lost', why)),
      find: isStill(() => this.#setState(this.state ?? 'waiting', this.message ?? '')),
    });
    this.state = null;
    this.message = null;
    this.media.follow(`live/${encodeURIComponent(name)}/media`, signal);
  }

  #take(event) {
    this.#noteMissed(event);
    const when = new Date(event.time).toLocaleTimeString('en-GB'); // all of one width
    if (event.type === 'caption') this.#takeCaption(event, when);
    if (event.type === 'event') this.#takeEvent(event);
    if (event.type === 'dropped') this.#takeGap(event, when);
    if (event.type === 'state') this.#takeState(event, when);
    this.#count();
  }

  #takeCaption(event, when) {
    this.media.showCaption(event);
    this.captions.push(event);
    if (event.extends_last && this.last) {
      this.list.setUntil(this.last, when);
      return;
    }
    this.last = this.list.add({ when, text: event.text });
    clearTimeout(this.settling);
    this.settling = setTimeout(() => { at('live-caption').textContent = event.text; }, SETTLE_MS);
  }

  // What starts and stops, told or not.
  #takeEvent({ event, source, name, at: moment, start, confidence, off_screen: isOff, time }) {
    const end = event === 'stops' ? moment : null;
    this.spans.set(source, { name, start, end, confidence, off_screen: isOff });
    // An event comes when it is known: the least late tells when the source's time began.
    this.begun = Math.min(this.begun, Date.parse(time) / 1000 - moment);
    this.lastTime = Math.max(this.lastTime, Date.parse(time) / 1000);
    this.#showProgramme();
  }

  #forgetSources() {
    this.spans = new Map();
    this.captions = [];
    this.begun = Infinity;
    this.lastTime = 0;
    this.programme.hide();
  }

  #showProgramme() {
    if (this.spans.size === 0) return;
    const to = Math.max(Date.now() / 1000, this.lastTime) - this.begun;
    const from = Math.max(to - SHOWN_SECONDS, 0);
    for (const [source, span] of this.spans) if (span.end !== null && span.end < from) this.spans.delete(source);
    this.captions = this.captions.filter((each) => each.end >= from);
    const spans = [...this.spans.values()].map((span) => ({ ...span, end: span.end ?? to }));
    this.programme.show({ captions: this.captions, spans, from, to });
  }

  #takeGap(event, when) {
    ++this.gaps;
    this.last = null;
    const stretch = `${shortTime(event.start)} to ${shortTime(event.end)}`;
    this.list.add({ when, kind: 'gap', text: `Not described: ${stretch} of the source (${event.reason})` });
  }

  #takeState(event, when) {
    this.state = event.state;
    this.message = event.message ?? '';
    this.last = null;
    let text = STATE_NAMES[event.state] ?? event.state;
    this.media.forgetCaptions(); // the next run counts its time anew
    this.#forgetSources();
    if (event.state === 'running') {
      if (this.hasRun) {
        ++this.restarts;
        text = 'Running again';
      }
      this.hasRun = true;
    }
    this.list.add({ when, kind: 'state', text: this.message ? `${text}: ${this.message}` : text });
    this.#setState(event.state, this.message);
  }

  // Ids are "EPOCH-NUMBER" and count each event of the source.
  #noteMissed(event) {
    const [epoch, number] = event.id.split('-');
    const before = epoch === this.epoch ? this.lastNumber : 0;
    const missed = Number(number) - before - 1;
    const isFirst = this.epoch === '';
    this.epoch = epoch;
    this.lastNumber = Number(number);
    if (!(missed > 0)) return;
    this.last = null;
    if (!isFirst) ++this.gaps;
    this.list.add({
      when: '',
      kind: isFirst ? 'state' : 'gap',
      text: isFirst ? `${counted(missed, 'event', 'events')} of before this are no longer kept`
        : `${counted(missed, 'event', 'events')} passed while there was no connection`,
    });
  }

  #setState(state, message) {
    const badge = at('source-state');
    badge.dataset.state = state;
    badge.textContent = STATE_NAMES[state] ?? state;
    at('source-message').textContent = message;
  }

  #count() {
    at('live-counts').textContent =
      `${counted(this.gaps, 'gap', 'gaps')}, ${counted(this.restarts, 'restart', 'restarts')}`;
  }
}
