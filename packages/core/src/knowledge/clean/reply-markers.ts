/**
 * How mail programs announce what is not the sender's own words. Every pattern is tried on one line of at most 300
 * characters and anchored at its start, so that no text is slow to judge (T25).
 */

/** The line above a quoted mail, in the languages of the programs that write it; may be broken over three lines. */
export const attributions: readonly { readonly begins: RegExp; readonly ends: RegExp }[] = [
  { begins: /^On\s/, ends: /\bwrote:$/ },
  { begins: /^Am\s/, ends: /\bschrieb\b[^:]{0,120}:$/ },
  { begins: /^Le\s/, ends: /a écrit\s?:$/ },
  { begins: /^El\s/, ends: /escribió:$/ },
  { begins: /^Il\s(?:giorno\s)?/, ends: /ha scritto:$/ },
  { begins: /^Em\s/, ends: /escreveu:$/ },
  { begins: /^Op\s/, ends: /(?:schreef|het volgende geschreven)\b[^:]{0,120}:$/ },
];

/** A line that alone begins the rest: quoted or forwarded mail. */
export const dividers = [
  /^-{2,20}\s?(?:Original Message|Original Appointment|Ursprüngliche Nachricht|Message d'origine|Mensaje original)\s?-{2,20}$/i,
  /^-{2,20}\s?Forwarded message\s?-{2,20}$/i,
  /^Begin forwarded message:$/i,
];

/** The four header names that Outlook puts above what it quotes, by language: sender, date, recipient, subject. */
export const headerNames: readonly (readonly [from: RegExp, others: RegExp])[] = [
  [/^\*?From:\*?\s/, /^\*?(?:Sent|Date|To|Cc|Subject):\*?(?:\s|$)/],
  [/^\*?Von:\*?\s/, /^\*?(?:Gesendet|Datum|An|Cc|Betreff):\*?(?:\s|$)/],
  [/^\*?De\s?:\*?\s/, /^\*?(?:Envoyé|Date|À|Cc|Objet|Enviado|Para|Asunto|Assunto)\s?:\*?(?:\s|$)/],
];

/** A line that begins the sender's signature. RFC 3676 §4.3 names `-- `; mailers often lose the blank. */
export const signatures = [
  /^--$/,
  /^__+$/,
  /^Sent from (?:my |Mail for |Outlook|Yahoo|Samsung)/i,
  /^Get Outlook for (?:iOS|Android)/i,
  /^Von meinem .{1,40} gesendet/i,
  /^Envoyé (?:de mon|depuis mon) /i,
];

export const disclaimers = [
  /^\W{0,3}(?:confidentiality|legal|privacy) (?:notice|disclaimer)\b/i,
  /^\W{0,3}disclaimer\s?:/i,
  /^\W{0,3}(?:this|the information (?:contained )?in this) (?:e-?mail|message|communication|transmission)\b.{0,120}\b(?:confidential|privileged|intended (?:only|solely))/i,
  /^\W{0,3}if you (?:are not the intended recipient|have received this (?:e-?mail|message) in error)/i,
];
