/**
 * Keeps an open page current: it requests the page again and takes over the changed parts. So figures become text in
 * one place only, and the page is the same without the script. Plain JavaScript for browsers; the page's policy allows
 * only this text.
 */
export const SCRIPT = `
'use strict';
(() => {
  const EVERY_MS = 2000;
  const GIVE_UP_MS = 5000;
  const state = document.getElementById('live-state');
  const button = document.getElementById('pause');
  const version = document.documentElement.dataset.version;
  let timer;
  let isPaused = false;

  function say(text) {
    if (state.textContent !== text) state.textContent = text;
  }

  // Element by element, so that focus, scrolling and what is unfolded stay as they are.
  function patch(old, next) {
    if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName) {
      old.replaceWith(document.importNode(next, true));
    } else if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    } else {
      for (const { name, value } of next.attributes)
        if (old.getAttribute(name) !== value) old.setAttribute(name, value);
      for (const { name } of [...old.attributes])
        if (name !== 'open' && !next.hasAttribute(name)) old.removeAttribute(name);
      const [was, is] = [[...old.childNodes], [...next.childNodes]];
      is.forEach((child, i) => {
        if (i < was.length) patch(was[i], child);
        else old.append(document.importNode(child, true));
      });
      for (const child of was.slice(is.length)) child.remove();
    }
  }

  async function refresh() {
    const response = await fetch('/', { cache: 'no-store', signal: AbortSignal.timeout(GIVE_UP_MS) });
    if (!response.ok) throw new Error('status ' + response.status);
    const next = new DOMParser().parseFromString(await response.text(), 'text/html');
    // Another release has another page.
    if (next.documentElement.dataset.version !== version) return location.reload();
    // What is being read or copied stays.
    if (isPaused || document.getSelection()?.isCollapsed === false) return;
    for (const old of document.querySelectorAll('[data-live]')) {
      const fresh = next.getElementById(old.id);
      if (fresh !== null) patch(old, fresh);
    }
  }

  async function run() {
    clearTimeout(timer);
    if (isPaused || document.hidden) return;
    try {
      await refresh();
      delete document.documentElement.dataset.stale;
      if (!isPaused) say('Live');
    } catch {
      // What is shown was true once: nothing of it may look as if it were now.
      document.documentElement.dataset.stale = '';
      const pill = document.querySelector('#facts .pill');
      pill.className = 'pill bad';
      pill.textContent = 'no answer';
      if (!isPaused) say('No answer: these figures are outdated');
    }
    clearTimeout(timer);
    if (!isPaused) timer = setTimeout(run, EVERY_MS);
  }

  button.addEventListener('click', () => {
    isPaused = !isPaused;
    button.textContent = isPaused ? 'Resume' : 'Pause';
    say(isPaused ? 'Paused' : 'Live');
    run();
  });
  document.addEventListener('visibilitychange', run);
  button.hidden = false;
  say('Live');
  timer = setTimeout(run, EVERY_MS);
})();
`;
