const PROGRESS_MILLISECONDS = 2_000;

/** Passes on a message now and then. */
export function everyFewSeconds(say: (message: string) => void): (message: string) => void {
  let said = Date.now();
  return (message) => {
    if (Date.now() < said + PROGRESS_MILLISECONDS) return;
    said = Date.now();
    say(message);
  };
}
