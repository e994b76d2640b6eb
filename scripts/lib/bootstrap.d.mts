/** The root of the repository. */
export const root: string;
/** Prints one line of progress. */
export function say(message: string): void;
/** Ends the run with a reason. */
export function fail(message: string): never;
