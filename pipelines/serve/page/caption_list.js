// SPDX-License-Identifier: LGPL-2.1-or-later
// Captions with their times, one below the other, and a search in them.
import { counted } from './times.js';

const MOST_LIVE_ROWS = 5000; // a live source goes on for days

export class CaptionList {
  // Fills `place`. `label`: what the list is of; `nothing`: what stands there before the first row;
  // `isLive`: the end is followed, and the oldest rows go one day.
  constructor(place, { label, nothing, isLive }) {
    this.isLive = isLive;
    place.append(document.getElementById('caption-list').content.cloneNode(true));
    this.field = place.querySelector('input');
    this.count = place.querySelector('.count');
    this.said = place.querySelector('[role=status]');
    this.box = place.querySelector('.rows');
    this.list = place.querySelector('ol');
    this.nothing = place.querySelector('.nothing');
    this.nothingText = nothing;
    this.box.setAttribute('aria-label', label);
    this.field.addEventListener('input', () => this.#search());
    this.clear();
  }

  clear() {
    this.list.replaceChildren();
    this.captions = 0;
    this.matches = 0;
    this.hasLost = false;
    this.#tell();
  }

  // `when`: what stands before the text. `kind`: "caption", "gap" or "state", of which captions alone
  // are searched. `choose`: what a press on the time does, if anything.
  add({ when, text, kind = 'caption', choose = null }) {
    const row = document.createElement('li');
    const time = document.createElement(choose ? 'button' : 'span');
    const words = document.createElement('span');
    time.className = 'when';
    time.textContent = when;
    if (choose) {
      time.type = 'button';
      time.setAttribute('aria-label', `Play from ${when}`);
      time.addEventListener('click', choose);
    }
    row.dataset.kind = kind;
    row.dataset.text = text;
    words.className = 'words';
    words.dir = 'auto'; // of the caption's own language
    words.textContent = text;
    const said = document.createElement('div');
    said.append(words);
    row.append(time, ' ', said);
    this.#follow();
    this.list.append(row);
    if (kind === 'caption') ++this.captions;
    this.#show(row);
    if (this.isLive && this.list.childElementCount > MOST_LIVE_ROWS) this.#forgetOldest();
    this.#tell();
    return row;
  }

  // It went on. Said behind the text, so that nothing moves.
  setUntil(row, when) {
    this.#follow();
    const until = row.querySelector('.until') ?? row.lastElementChild.appendChild(document.createElement('span'));
    until.className = 'until quiet';
    until.textContent = ` until ${when}`;
  }

  // The caption that is to be seen now, or null.
  setCurrent(row) {
    if (this.current === row) return;
    this.current?.removeAttribute('aria-current');
    this.current = row;
    if (!row) return;
    row.setAttribute('aria-current', 'true');
    const isSeen = row.offsetTop >= this.box.scrollTop + this.box.offsetTop &&
      row.offsetTop + row.offsetHeight <= this.box.scrollTop + this.box.offsetTop + this.box.clientHeight;
    // scrollIntoView() would move the page as well.
    if (!isSeen) this.box.scrollTop = row.offsetTop - this.box.offsetTop;
  }

  #words() {
    return this.field.value.split(/\s+/).filter((word) => word !== '')
      .map((word) => word.replace(/[.*+?^${}()|[\]\\/-]/g, (letter) => `\\u{${letter.codePointAt(0).toString(16)}}`));
  }

  #show(row) {
    const words = this.#words();
    const text = row.dataset.text;
    const isCaption = row.dataset.kind === 'caption';
    const isMatch = words.length === 0 ||
      (isCaption && words.every((word) => new RegExp(word, 'iu').test(text)));
    row.hidden = !isMatch;
    if (isMatch && isCaption) ++this.matches;
    const place = row.querySelector('.words');
    if (!isMatch || words.length === 0) {
      if (place.childElementCount > 0) place.textContent = text;
      return;
    }
    let end = 0;
    place.replaceChildren();
    for (const found of text.matchAll(new RegExp(words.join('|'), 'giu'))) {
      const mark = document.createElement('mark');
      mark.textContent = found[0];
      place.append(text.slice(end, found.index), mark);
      end = found.index + found[0].length;
    }
    place.append(text.slice(end));
  }

  #search() {
    this.matches = 0;
    for (const row of this.list.children) this.#show(row);
    this.#tell();
    // Said when the typing rests, and never because of what comes meanwhile.
    clearTimeout(this.saying);
    this.saying = setTimeout(() => { this.said.textContent = this.count.textContent; }, 400);
  }

  #tell() {
    const all = counted(this.captions, 'caption', 'captions');
    this.count.textContent = this.#words().length === 0 ? all : `${this.matches} of ${all}`;
    if (this.hasLost) this.count.textContent += ', older ones were let go';
    const isEmpty = this.list.childElementCount === 0;
    const isNoneFound = this.#words().length > 0 && this.matches === 0;
    this.nothing.textContent = isEmpty ? this.nothingText : isNoneFound ? 'No caption has these words.' : '';
    this.nothing.hidden = this.nothing.textContent === '';
  }

  #forgetOldest() {
    const oldest = this.list.firstElementChild;
    if (oldest.dataset.kind === 'caption') {
      --this.captions;
      if (!oldest.hidden) --this.matches;
    }
    oldest.remove();
    this.hasLost = true;
  }

  // Called before a change. Who reads further up is not taken away from there.
  #follow() {
    if (!this.isLive || this.following) return;
    const below = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight;
    if (below > 40) return;
    this.following = setTimeout(() => {
      this.following = 0;
      this.box.scrollTo({ top: this.box.scrollHeight, behavior: 'instant' });
    }, 0);
  }
}
