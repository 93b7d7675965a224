// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests to the server that the page is of, with its token where it asks for one.

const TOKEN_KEY = 'dali-serve-token';
let token = sessionStorage.getItem(TOKEN_KEY) ?? '';
let tokenToCome = null; // a promise, while the user is asked
let giveToken = null;

// What the server refused, in its words.
export class ServerError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function authorization() {
  return token === '' ? {} : { Authorization: `Bearer ${token}` };
}

// `text` is the body of an answer that refuses, which is JSON unless something stands between the
// server and the page.
export function errorOf(status, text, retryAfter) {
  let message = '';
  try {
    message = JSON.parse(text).error.message;
  } catch {
    message = `The server answered with status ${status}.`;
  }
  if (retryAfter) message += ` It may have time in ${retryAfter} s.`;
  return new ServerError(status, message);
}

export const UNREACHED = 'The server cannot be reached.';

// The answer, when it is a good one. Asks the user for the token first where the server wants one.
// Throws ServerError, or what fetch() throws when it is aborted.
export async function ask(path, options = {}) {
  for (;;) {
    const sent = token;
    let answer;
    try {
      const headers = { ...options.headers, ...authorization() };
      answer = await fetch(path, { cache: 'no-store', ...options, headers });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw new ServerError(0, UNREACHED);
    }
    if (answer.ok) return answer;
    if (answer.status !== 401) throw errorOf(answer.status, await answer.text(), answer.headers.get('Retry-After'));
    await orAborted(wantToken(sent), options.signal);
  }
}

function orAborted(promise, signal) {
  if (!signal) return promise;
  return Promise.race([promise, new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  })]);
}

// Until the user has given another token than the one that was refused.
function wantToken(refused) {
  if (token !== refused) return Promise.resolve();
  tokenToCome ??= new Promise((resolve) => {
    const form = document.getElementById('token-form');
    document.getElementById('token-problem').textContent =
      refused === '' ? '' : 'The server did not accept this token.';
    form.hidden = false;
    document.getElementById('token').focus();
    giveToken = resolve;
  });
  return tokenToCome;
}

export function watchTokenForm() {
  const field = document.getElementById('token');
  document.getElementById('token-form').addEventListener('submit', (event) => {
    event.preventDefault();
    // A header holds no other characters.
    const given = field.value.trim();
    if (!/^[!-~]+$/.test(given)) {
      document.getElementById('token-problem').textContent = 'A token has printable characters alone.';
      return;
    }
    token = given;
    sessionStorage.setItem(TOKEN_KEY, token);
    field.value = '';
    document.getElementById('token-form').hidden = true;
    document.getElementById('main').focus();
    tokenToCome = null;
    giveToken();
  });
}
