import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChecked } from './run-command.ts';

/** What {@link downloadDebs} fetches, and from where. */
export interface DebDownload {
  /** An existing folder for apt's lists, caches and the packages; safe to delete afterwards. */
  readonly dir: string;
  readonly mirror: string;
  /** The key file that signs the mirror's indexes. */
  readonly keyring: string;
  readonly architecture: string;
  /** Package names for each suite. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
}

/**
 * Downloads Debian packages with apt, leaving the system's own apt and dpkg state alone, so no privileges are
 * needed. Signatures are checked as usual. Machine settings such as a proxy still apply.
 *
 * @returns the paths of the `.deb` files.
 */
export async function downloadDebs(download: DebDownload): Promise<string[]> {
  const { dir, packages } = download;
  const debDir = join(dir, 'debs');
  for (const sub of ['lists/partial', 'cache/archives/partial', 'state', 'debs']) {
    await mkdir(join(dir, sub), { recursive: true });
  }
  const config = join(dir, 'apt.conf');
  await writeFile(config, aptConfig(dir));
  await writeFile(join(dir, 'sources.list'), sourcesList(download));

  const apt = (args: readonly string[]) =>
    runChecked('apt-get', ['-q', '-c', config, ...args], { cwd: debDir });
  await apt(['update']);
  await apt([
    'download',
    ...Object.entries(packages).flatMap(([suite, names]) => names.map((n) => `${n}/${suite}`)),
  ]);
  return (await readdir(debDir)).filter((name) => name.endsWith('.deb')).map((name) => join(debDir, name));
}

/** The private sources: only the wanted suites, architecture and index, each signed by the given key. */
export function sourcesList(download: Omit<DebDownload, 'dir'>): string {
  const options = `arch=${download.architecture} target=Packages lang=none signed-by=${download.keyring}`;
  return Object.keys(download.packages)
    .map((suite) => `deb [${options}] ${download.mirror} ${suite} main\n`)
    .join('');
}

function aptConfig(dir: string): string {
  // apt's syntax has no escape for a quote inside a value.
  if (dir.includes('"')) throw new Error(`apt cannot use a folder with a double quote in its name: ${dir}`);
  return `
Dir::State "${dir}/state";
Dir::State::Lists "${dir}/lists";
Dir::State::status "/dev/null";
Dir::Cache "${dir}/cache";
Dir::Etc::SourceList "${dir}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
// Root's apt would otherwise step down to a user who cannot read a private folder.
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Retries "3";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
// Hooks and pins of the machine are meant for its own packages.
#clear APT::Default-Release;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
`;
}
