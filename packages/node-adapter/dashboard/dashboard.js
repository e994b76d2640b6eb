// Shows one page at a time, and asks for the token of a hub that wants one. The token is kept for this tab only.
const provider = document.querySelector('corral-provider');
const form = document.querySelector('#token-form');
const place = document.querySelector('#page');
const jobsNav = document.querySelector('#jobs-nav');
const links = [...document.querySelectorAll('nav a')];
const pages = new Map([...document.querySelectorAll('template')].map((page) => [page.dataset.hash, page]));
const jobsHash = '#/jobs';
const historyHash = '#/jobs/history';
const jobPattern = '#/jobs/{id}';
const storageKey = 'corral-token';
let unsubscribe = () => {};
let shown;

// What is not shown is not in the document: it follows nothing and costs nothing.
function show() {
  const { page, hash, jobId } = asked(document.location.hash);
  if (hash === shown) return;
  const isFirst = shown === undefined;
  shown = hash;
  const section = hash.startsWith(`${jobsHash}/`) ? jobsHash : hash;
  for (const link of links) {
    // A job is a page of the section of jobs, and none that a link names.
    if (link.hash === hash) link.setAttribute('aria-current', 'page');
    else if (link.hash === section && !jobsNav.contains(link)) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  jobsNav.hidden = section !== jobsHash;
  const content = document.importNode(page.content, true);
  content.querySelector('job-view')?.setAttribute('job-id', jobId);
  place.replaceChildren(content);
  document.title = `${page.dataset.title}${jobId === undefined ? '' : ` ${jobId.slice(0, 40)}`} · Corral`;
  // A reader hears where a link has led.
  if (!isFirst) place.querySelector('h2').focus();
}

// The first page, for an address that leads nowhere.
function asked(hash) {
  if (hash !== jobPattern && pages.has(hash)) return { hash, page: pages.get(hash) };
  const jobId = hash.startsWith(`${jobsHash}/`) ? decoded(hash.slice(jobsHash.length + 1)) : '';
  if (jobId !== '') return { hash, page: pages.get(jobPattern), jobId };
  return { hash: '#/models', page: pages.get('#/models') };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function hashOf(jobId) {
  return `${jobsHash}/${encodeURIComponent(jobId)}`;
}

// The provider has answered these wishes below; the elements say what was refused. Whoever went on meanwhile stays there.
document.addEventListener('job-submit', async ({ response }) => {
  const from = shown;
  const job = await response?.catch(() => undefined);
  if (job && shown === from) document.location.hash = hashOf(job.jobId);
});
document.addEventListener('job-delete', async ({ response, jobId }) => {
  const isDeleted = await response?.then(
    () => true,
    () => false,
  );
  if (isDeleted && shown === hashOf(jobId)) document.location.hash = historyHash;
});

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
