import { createInterface } from "node:readline/promises";

/** Asks whoever sits at the terminal to type the name of what is changed. @param what as in "apply this to". */
export async function confirmAtTerminal(name: string, what: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`Type "${name}" to ${what} ${name}: `);
    return answer === name;
  } finally {
    terminal.close();
  }
}
