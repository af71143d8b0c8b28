// Points in time in words, as Slack writes them.

const DAY = { day: "numeric", month: "long", year: "numeric" };
const TOKENS = {
  date_num: { day: "2-digit", month: "2-digit", year: "numeric" },
  date: DAY,
  date_short: { day: "numeric", month: "short", year: "numeric" },
  date_long: { weekday: "long", ...DAY },
  date_pretty: DAY,
  date_short_pretty: { day: "numeric", month: "short", year: "numeric" },
  date_long_pretty: { weekday: "long", ...DAY },
  time: { hour: "2-digit", minute: "2-digit" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

/** A date of Slack's by its format, such as `{date_short} at {time}`; the fallback where nothing better is known. */
export function slackDate(timestamp, format, fallback) {
  const at = new Date(Number(timestamp) * 1000);
  if (!format || Number.isNaN(at.getTime())) return fallback ?? at.toLocaleString();
  return format.replace(/\{(\w+)\}/g, (all, token) => (TOKENS[token] ? at.toLocaleString(language(), TOKENS[token]) : all));
}

/** The time of day of a message, with the day when that is another one. */
export function clock(at) {
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(language(), today ? TOKENS.time : { day: "numeric", month: "short", ...TOKENS.time });
}

/** A point in time down to the millisecond, for who looks inside. */
export function precisely(seconds) {
  const at = new Date(seconds * 1000);
  return at.toLocaleTimeString(language(), { ...TOKENS.time_secs, fractionalSecondDigits: 3, hour12: false });
}

const language = () => document.body.dataset.locale || undefined;
