// SPDX-License-Identifier: LGPL-2.1-or-later
// Captions as files, as dali-caption writes them. Each caption is {start, end, text, ...}, its text on
// one line.
import { fileTime } from './times.js';

export function toWebVtt(captions) {
  const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return 'WEBVTT\n' + captions.map((caption) =>
    `\n${fileTime(caption.start, '.')} --> ${fileTime(caption.end, '.')}\n${escaped(caption.text)}\n`).join('');
}

export function toSrt(captions) {
  // SRT has no escapes, so that an arrow in the text has to lose its second dash.
  const line = (text) => text.replace(/-+->/g, '->');
  return captions.map((caption, index) =>
    `${index + 1}\n${fileTime(caption.start, ',')} --> ${fileTime(caption.end, ',')}\n${line(caption.text)}\n`)
    .join('\n');
}

export function toJson(captions) {
  return JSON.stringify(captions, null, 2) + '\n';
}
