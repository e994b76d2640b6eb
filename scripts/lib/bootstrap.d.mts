/** The root of the repository. */
export const root: string;
/** Prints one line of progress. */
export function say(message: string): void;
