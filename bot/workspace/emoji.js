// Emoji by Slack's names.

export const EMOJI = {
  "+1": "👍", "-1": "👎", bell: "🔔", bulb: "💡", calendar: "📅", chart_with_upwards_trend: "📈", clipboard: "📋",
  email: "✉️", eyes: "👀", factory: "🏭", file_folder: "📁", gear: "⚙️", hand: "✋", hammer_and_wrench: "🛠️", heart: "❤️",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", information_source: "ℹ️", key: "🔑", leftwards_arrow_with_hook: "↩️",
  link: "🔗", lock: "🔒", mag: "🔍", memo: "📝", moneybag: "💰", no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑",
  ok: "🆗", package: "📦", page_facing_up: "📄", pause_button: "⏸️", pencil2: "✏️", pray: "🙏", question: "❓", raised_hand: "✋",
  robot_face: "🤖", rocket: "🚀", shield: "🛡️", slightly_smiling_face: "🙂", smile: "😄", speech_balloon: "💬", tada: "🎉",
  thinking_face: "🤔", thumbsup: "👍", thumbsdown: "👎", truck: "🚚", warning: "⚠️", wave: "👋", wastebasket: "🗑️",
  white_check_mark: "✅", wrench: "🔧", x: "❌", zap: "⚡",
};

/** What the page offers for a quick reaction. */
export const QUICK = ["+1", "white_check_mark", "eyes", "tada", "heart", "pray"];

export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (all, name) => EMOJI[name] ?? all);
}
