// Asks for the token of a hub that wants one. It is kept for this tab only.
const provider = document.querySelector('corral-provider');
const form = document.querySelector('#token-form');
const storageKey = 'corral-token';
let unsubscribe = () => {};

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
await customElements.whenDefined('corral-provider');
await use(sessionStorage.getItem(storageKey) ?? undefined);
