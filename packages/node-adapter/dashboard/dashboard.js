// Shows one page at a time, and asks for the token of a hub that wants one. The token is kept for this tab only.
const provider = document.querySelector('corral-provider');
const form = document.querySelector('#token-form');
const place = document.querySelector('#page');
const links = [...document.querySelectorAll('nav a')];
const pages = new Map([...document.querySelectorAll('template')].map((page) => [`#/${page.id}`, page]));
const storageKey = 'corral-token';
let unsubscribe = () => {};
let shown;

// What is not shown is not in the document: it follows nothing and costs nothing.
function show() {
  const asked = document.location.hash;
  const hash = pages.has(asked) ? asked : '#/models';
  if (hash === shown) return;
  const isFirst = shown === undefined;
  shown = hash;
  for (const link of links) {
    if (link.hash === hash) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  place.replaceChildren(document.importNode(pages.get(hash).content, true));
  document.title = `${links.find((link) => link.hash === hash).textContent} · Corral`;
  // A reader hears where a link has led.
  if (!isFirst) place.querySelector('h2').focus();
}

function watch() {
  unsubscribe();
  const hub = provider.current;
  unsubscribe = hub?.subscribe('connection:changed', () => look(hub)) ?? (() => {});
  if (hub) look(hub);
}

function look(hub) {
  const refused = hub.error?.code === 'unauthorized';
  form.hidden = !refused;
  if (refused && provider.token) form.querySelector('output').textContent = 'That is not its token.';
}

async function use(token) {
  provider.token = token;
  await provider.updateComplete;
  watch();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const token = form.querySelector('#token').value;
  sessionStorage.setItem(storageKey, token);
  void use(token);
});
document.defaultView.addEventListener('hashchange', show);
show();
await customElements.whenDefined('corral-provider');
await use(sessionStorage.getItem(storageKey) ?? undefined);
