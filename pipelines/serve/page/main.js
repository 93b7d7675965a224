// SPDX-License-Identifier: LGPL-2.1-or-later
import { FileView } from './file_view.js';
import { LiveView } from './live_view.js';
import { ask, watchTokenForm } from './server.js';
import { pause } from './times.js';

const AGAIN_MS = 5000;

watchTokenForm();
new FileView();

// A server that is lost behind the page may be back soon.
async function showLive() {
  for (;;) {
    try {
      const { sources } = await (await ask('live')).json();
      if (sources.length > 0) new LiveView(sources.map((source) => source.name));
      return;
    } catch (error) {
      document.getElementById('work-problem').textContent = error.message;
      if (error.status !== 0) return;
    }
    await pause(AGAIN_MS);
    document.getElementById('work-problem').textContent = '';
  }
}

showLive();
