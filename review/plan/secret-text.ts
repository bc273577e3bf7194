/** Names of attributes, variables, headers and parameters whose values count as secrets. */
const SECRET_NAME =
  /passw(or)?d|passphrase|passcode|secret|token|credential|(private|api|access|auth|account|shared|signing|encryption)_?key|connection_?string|(^|_)(pass|pwd|pw|creds?|dsn|authorization|origin_verify)$/i;

/** The same for environment variables, of which many end in `_KEY` that are no secrets. */
const SECRET_VARIABLE = /(^|[^a-z])[A-Z\d]+_(KEY|SALT|PEPPER|SIGNATURE|AUTH)$/;
const ORDINARY_KEY =
  /KMS|(PUBLIC|HASH|RANGE|PARTITION|SORT|PRIMARY|FOREIGN|COMPOSITE|UNIQUE|S3|OBJECT|BUCKET|FILE|CACHE|TAG|INDEX|GROUP|ITEM|RECORD|MESSAGE|LOOKUP|STATE|CONFIG|ORDER|DEDUPLICATION|IDEMPOTENCY)_KEY$/;

/** Names that say where a secret is, or how long it is valid, rather than what it is. */
const REFERENCE_NAME =
  /public_?key|(^|_)(max|min|http|input|output|total)(_\w+)?_tokens?$|_(arns?|ids?|names?|version|ur[il]|ttl|seconds|minutes|hours|days|enabled|required|type|prefix|suffix|count|length|size|limit|rate|algorithm|expiry|expiration|validity|issuer|audience|scope|endpoint|host|port|region|policy|strategy|mode|method|provider|source|rotation|path|file|header|field|format|status|use|user|username|role|bucket|table|description)$/i;

/** The address of a webhook lets anyone post to it. */
const WEBHOOK_NAME = /webhook(_ur[il])?$/i;

/** Values that are no secret under any name: a switch, a unit, an ARN, or a reference to something else. */
const ORDINARY_VALUE =
  /^(true|false|yes|no|on|off|enabled?|disabled?|required|optional|none|null|default|auto|rotate|seconds|minutes|hours|days|AWS_IAM|CUSTOM|COGNITO_USER_POOLS)$|^arn:|^\{\{resolve:|^\$\{[^}]*\}$|^(method|context|integration|stageVariables)\./i;

/** In a script or an expression also a variable, a command, a placeholder and a pattern. */
const ORDINARY_OPERAND = /^\$\w+$|^\$\(|^[[(.\\<*%]/;

/** A fast first check: every text below contains one of these, and most other text doesn't. */
const HINT =
  /-----BEGIN|AKIA|ASIA|AIza|[_-]live_|[_-]test_|gh[pousr]_|github_pat_|glpat-|npm_|shpat_|whsec_|hvs\.|SG\.|xox|xapp-|sk-|eyJ|Bearer|Basic|:\/\//i;

/** Texts that are secrets under any name, or contain one. */
const SECRET_TEXT = [
  /-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----/,
  // An AWS access key id: its secret key is often nearby.
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bAIza[\w-]{35}/,
  /\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_\w{30,}\b|\bglpat-[\w-]{20,}|\bnpm_[A-Za-z0-9]{36}\b/,
  /\bxox[abeoprs]-[\w-]{10,}|\bxapp-[\w-]{10,}/,
  /\b[rs]k_(live|test)_\w{8,}|\bwhsec_\w{16,}|\bshpat_\w{32}|\bhvs\.[\w-]{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}/,
  /\bsk-(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{20,}/,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/,
  /\bBearer\s+(?=\S*\d)[\w.~+/=-]{8,}|^Bearer\s+(?!auth|tokens?$)\S{6,}$/i,
  // A URL with a password: scheme://user:password@host
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]*:[^\s/@]+@|\b(?!https?:)[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]*:[^\s@]+@/i,
  /:\/\/[^\s"']+[?&](X-Amz-Signature|X-Amz-Security-Token|sig|signature|jwt|auth|token)=[^&\s"']{4,}/i,
  /:\/\/[^\s"']+[?&](key|code)=[\w%-]{16,}/i,
  /:\/\/(hooks\.slack\.com\/(services|workflows|triggers)|(\w+\.)?discord(app)?\.com\/api\/webhooks|[\w.-]+\.webhook\.office\.com|outlook\.office(365)?\.com\/webhook|hooks\.zapier\.com\/hooks|hooks\.chime\.aws\/incomingwebhooks)\/\S/i,
];

/** `Basic` and the user's name and password in Base64. `Basic` alone is the name of many a plan. */
const BASIC = /\bBasic\s+([A-Za-z\d+/]{6,}={0,2})/gi;

/** Most texts that assign a secret to a name contain one of these. */
const NAME_HINT = /pass|pwd|pw\b|secret|token|cred|key|auth|dsn|salt|pepper|sign|connection|webhook|origin/i;

/** `NAME=value`, a line `name: value`, `"name": "value"`, `--name value`; in scripts, connection strings and query strings. */
const ASSIGNMENTS = [
  /(?<![\w.-])([\w.-]+)\\?["']?\s*=\s*\\?["']?([^\s"';&,)]{3,})/g,
  /^[ \t-]*([\w.-]+):[ \t]+["']?([^\s"']{3,})["']?[ \t]*$/gm,
  /["']([\w.-]+)\\?["']\s*:\s*\\?["']([^"']{3,})["']/g,
  /(?<![\w-])--([\w-]+)\s+["']?([^\s"'-][^\s"']{2,})/g,
];

/** Whether text looks like a secret, by the name of what holds it or by its content. */
export function looksSecret(name: string, text: string): boolean {
  if (text === "") return false;
  if (isSecretName(name) && !isOrdinary(text)) return true;
  if (HINT.test(text) && (SECRET_TEXT.some((pattern) => pattern.test(text)) || hasBasic(text))) return true;
  return mayNameSecret(text) && ASSIGNMENTS.some((pattern) => assignsSecret(text, pattern));
}

/** A fast check that the text has no word by which something in it could be a secret. */
export const mayNameSecret = (text: string): boolean => NAME_HINT.test(text);

/** By name: the same few names occur again and again. */
const known = new Map<string, boolean>();

function isSecretName(name: string): boolean {
  const found = known.get(name) ?? matchesSecretName(name);
  known.set(name, found);
  return found;
}

function matchesSecretName(name: string): boolean {
  // A key of a policy's condition: token.actions.githubusercontent.com:sub
  if (name.includes(":")) return false;
  const words = name.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2").replaceAll(/[^A-Za-z\d]+/g, "_");
  if (WEBHOOK_NAME.test(words)) return true;
  if (REFERENCE_NAME.test(words)) return false;
  return SECRET_NAME.test(words) || (SECRET_VARIABLE.test(words) && !ORDINARY_KEY.test(words));
}

const isOrdinary = (text: string) => ORDINARY_VALUE.test(text.trim());

const hasBasic = (text: string) =>
  [...text.matchAll(BASIC)].some(([, encoded = ""]) =>
    /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(encoded, "base64").toString("latin1")),
  );

const assignsSecret = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].some(
    ([, name = "", value = ""]) => isSecretName(name) && !isOrdinary(value) && !ORDINARY_OPERAND.test(value),
  );
