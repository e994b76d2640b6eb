import { agentHelp, parseAgentOptions } from './agent/agent-options.js';
import { invalidOption } from './option-values.js';
import { parseServeOptions, serveHelp } from './serve-options.js';
import { parseTokenOptions, tokenHelp } from './tokens/token-options.js';

/** Every command: what it is for, its help, and how the rest of its line is read. */
const commands = {
  serve: {
    about: 'run models of this machine and serve them with a dashboard',
    help: serveHelp,
    parse: parseServeOptions,
  },
  agent: {
    about: 'report this machine and its LLM servers to a hub',
    help: agentHelp,
    parse: parseAgentOptions,
  },
  token: { about: 'make, list and revoke tokens', help: tokenHelp, parse: parseTokenOptions },
} as const;

type CommandName = keyof typeof commands;
type CommandOptions<Name extends CommandName> = ReturnType<(typeof commands)[Name]['parse']>;

/** What the command line asks for. */
export type Command =
  | { readonly name: 'help'; readonly text: string }
  | { readonly name: 'version' }
  | { [Name in CommandName]: { readonly name: Name; readonly options: CommandOptions<Name> } }[CommandName];

/** What `corral --help` says. */
export const help = `Corral: live cards for the LLM servers you run yourself

Usage
${Object.entries(commands)
  .map(([name, { about }]) => `  ${`corral ${name}`.padEnd(30)}${about}\n`)
  .join('')}
  corral COMMAND --help         says what a command can do
  corral --version

Examples
  corral serve --models-dir ~/models
  corral token create --scope view
`;

/**
 * Reads a command line and the `CORRAL_*` variables.
 * @throws AdapterError `invalid_option` with what was expected
 */
export function parseCommand(args: readonly string[], env: NodeJS.ProcessEnv): Command {
  const [first, ...rest] = args;
  if (first === undefined || isHelp(first)) return { name: 'help', text: help };
  if (first === '--version' || first === '-v') return { name: 'version' };
  if (!isCommandName(first)) {
    const known = Object.keys(commands).map((name) => `\`${name}\``);
    throw invalidOption(`Expected a command, ${known.join(' or ')}, got \`${first}\`. See corral --help.`);
  }
  if (rest.some(isHelp)) return { name: 'help', text: commands[first].help };
  // The name and the options come from one entry, which the compiler cannot follow through a union.
  return { name: first, options: commands[first].parse(rest, env) } as Command;
}

function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h';
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}
