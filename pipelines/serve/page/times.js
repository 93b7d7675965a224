// SPDX-License-Identifier: LGPL-2.1-or-later
// Seconds as people read them: "0:05", "1:02:03".
export function shortTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, '0');
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// Seconds as files have them: "00:00:05.000".
export function fileTime(seconds, fractionMark) {
  // As dali-caption rounds: down, but not what is a millisecond but for the error of its binary form.
  const all = Math.floor(Math.max(0, seconds) * 1000 + 1e-4);
  const digits = (number, count) => String(number).padStart(count, '0');
  return `${digits(Math.floor(all / 3600000), 2)}:${digits(Math.floor(all / 60000) % 60, 2)}:` +
    `${digits(Math.floor(all / 1000) % 60, 2)}${fractionMark}${digits(all % 1000, 3)}`;
}

// "1 caption", "2 captions".
export function counted(number, one, many) {
  return `${number} ${number === 1 ? one : many}`;
}

export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const over = () => { clearTimeout(timer); reject(signal.reason); };
    const timer = setTimeout(() => { signal?.removeEventListener('abort', over); resolve(); }, milliseconds);
    if (signal?.aborted) over();
    signal?.addEventListener('abort', over, { once: true });
  });
}
