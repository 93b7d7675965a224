// SPDX-License-Identifier: LGPL-2.1-or-later
// Sources over time: a row each, with bars from when to when it is there, and the captions above them.
import { counted, shortTime } from './times.js';

const SVG = 'http://www.w3.org/2000/svg';
const MOST_ROWS = 24;
const ROW = 22;
const BAR = 14;
const TOP = 22; // of the first row
const AXIS = 22;
const EDGE = 12; // at the right
const LEAST_TICK = 64; // pixels from one number to the next
const NEAR = 2; // pixels: what is nearer to each other is one bar
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200];

export class ProgrammePicture {
  // Fills `place`, which is hidden while there is no source to show. `choose(seconds)`: what a press on
  // a bar or a mark does, if anything.
  constructor(place, choose = null) {
    this.place = place;
    this.choose = choose;
    this.shown = null;
    new ResizeObserver(() => this.#draw()).observe(place);
  }

  // `captions` are {start, end, text}, `spans` {name, start, end, confidence, off_screen}; both in
  // seconds, of which those from `from` to `to` are shown.
  show({ captions, spans, from, to }) {
    const inside = (each) => each.end >= from && each.start <= to;
    this.shown = { captions: captions.filter(inside), spans: spans.filter(inside), from, to };
    this.place.hidden = this.shown.spans.length === 0;
    this.#draw();
  }

  hide() {
    this.shown = null;
    this.place.hidden = true;
    this.place.replaceChildren();
  }

  // Where the player is.
  setNow(seconds) {
    this.now = seconds;
    const line = this.place.querySelector('.playhead');
    if (!line || !this.shown) return;
    for (const end of ['x1', 'x2']) line.setAttribute(end, this.#x(seconds));
  }

  #x(seconds) {
    const { from, to } = this.shown;
    const part = Math.min(Math.max((seconds - from) / Math.max(to - from, 0.1), 0), 1);
    return (this.left + part * (this.width - this.left - EDGE)).toFixed(1);
  }

  #draw() {
    const width = this.place.clientWidth;
    if (!this.shown || width === 0) return;
    this.width = width;
    this.left = Math.min(150, width / 3);
    const { rows, leftOut } = rowsOf(this.shown.spans);
    const bottom = TOP + rows.length * ROW;
    const note = leftOut === 0 ? [] : [`And ${counted(leftOut, 'more source', 'more sources')}.`];
    const height = bottom + AXIS + 16 * note.length;
    const names = rows.map((row) => row.name).join(', ');
    const svg = made('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img',
      'aria-label': `${counted(rows.length + leftOut, 'source', 'sources')}: ${names}` });
    this.#drawAxis(svg, bottom);
    for (const caption of this.shown.captions) {
      const mark = this.#bar(caption, { y: 8, height: 7, class: 'mark' },
        `${shortTime(caption.start)}: ${caption.text}`);
      // What stands on end is two.
      mark.setAttribute('width', Math.max(mark.getAttribute('width') - 1, 1.5));
      svg.append(mark);
    }
    rows.forEach((row, index) => this.#drawRow(svg, row, TOP + index * ROW));
    svg.append(...note.map((text) => written(text, { x: this.left, y: height - 4, class: 'quiet' })));
    svg.append(made('line', { class: 'playhead', y1: 2, y2: bottom, x1: -1, x2: -1 }));
    this.place.replaceChildren(svg);
    if (this.now !== undefined) this.setNow(this.now);
  }

  #drawAxis(svg, bottom) {
    const { from, to } = this.shown;
    const room = (this.width - this.left - EDGE) / Math.max(to - from, 0.1);
    const step = STEPS.find((each) => each * room >= LEAST_TICK) ?? 86400 * Math.ceil(LEAST_TICK / room / 86400);
    for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
      const x = this.#x(time);
      svg.append(made('line', { class: 'grid', x1: x, x2: x, y1: 4, y2: bottom + 3 }));
      const isAtEdge = Number(x) > this.width - EDGE - LEAST_TICK / 4;
      svg.append(written(shortTime(time), { x: isAtEdge ? this.width - 2 : x, y: bottom + AXIS - 5,
        class: 'quiet', 'text-anchor': isAtEdge ? 'end' : 'middle' }));
    }
    svg.append(made('line', { class: 'axis', x1: this.left, x2: this.width - EDGE, y1: bottom, y2: bottom }));
  }

  #drawRow(svg, row, y) {
    const name = written(row.name, { x: 0, y: y + BAR - 3, class: 'name' });
    const most = Math.max(4, Math.floor(this.left / 8));
    if ([...row.name].length > most) name.textContent = [...row.name].slice(0, most - 1).join('') + '…';
    name.append(titled(row.name));
    svg.append(name);
    const nearSeconds = NEAR * (this.shown.to - this.shown.from) / Math.max(this.width - this.left - EDGE, 1);
    for (const span of grouped(row.spans, nearSeconds)) {
      const times = `${shortTime(span.start)} to ${shortTime(span.end)}`;
      const often = span.count > 1 ? `, ${span.count} times` : '';
      const title = `${row.name}: ${times}${often}, confidence ${span.confidence.toFixed(2)}` +
        (span.off_screen ? ', heard and not seen' : '');
      const bar = this.#bar(span, { y, height: BAR, class: span.off_screen ? 'bar off' : 'bar' }, title);
      bar.setAttribute('opacity', (0.25 + 0.75 * span.confidence).toFixed(2));
      svg.append(bar);
    }
  }

  #bar({ start, end }, attributes, title) {
    const x = this.#x(start);
    const bar = made('rect', { x, width: Math.max(this.#x(end) - x, 1.5).toFixed(1), ...attributes });
    bar.append(titled(title));
    if (this.choose) bar.addEventListener('click', () => this.choose(start));
    return bar;
  }
}

// Of what `captions` of a file tell, all together.
export function spansOf(captions) {
  return captions.flatMap((caption) => caption.spans ?? []);
}

function rowsOf(spans) {
  const byName = new Map();
  for (const span of spans) {
    if (!byName.has(span.name)) byName.set(span.name, { name: span.name, spans: [], seconds: 0 });
    const row = byName.get(span.name);
    row.spans.push(span);
    row.seconds += span.end - span.start;
  }
  const all = [...byName.values()].sort((one, other) => other.seconds - one.seconds);
  const rows = all.slice(0, MOST_ROWS);
  for (const row of rows) row.spans.sort((one, other) => one.start - other.start);
  rows.sort((one, other) => one.spans[0].start - other.spans[0].start);
  return { rows, leftOut: all.length - rows.length };
}

// What is too near to each other to be told apart is one.
function grouped(spans, nearSeconds) {
  const groups = [];
  for (const isOff of [false, true]) {
    let last = null;
    for (const span of spans.filter((each) => Boolean(each.off_screen) === isOff)) {
      if (!last || span.start > last.end + nearSeconds) {
        last = { ...span, count: 0 };
        groups.push(last);
      }
      last.end = Math.max(last.end, span.end);
      last.confidence = Math.max(last.confidence, span.confidence);
      ++last.count;
    }
  }
  return groups;
}

function made(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function written(text, attributes) {
  const element = made('text', attributes);
  element.textContent = text;
  return element;
}

function titled(text) {
  const title = made('title', {});
  title.textContent = text;
  return title;
}
