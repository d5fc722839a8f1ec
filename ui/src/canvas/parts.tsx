/** Small parts of the canvas, each made once. */

import { createContext, type ReactNode, useContext } from "react";

export const Icons = createContext<Record<string, string>>({});

/** An icon of our own build, as the templates draw it. */
export function Icon({ name, look = "" }: { name: string; look?: string }): ReactNode {
  const icons = useContext(Icons);
  return (
    <svg className={`icon ${look}`} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round"
      aria-hidden="true" dangerouslySetInnerHTML={{ __html: icons[name] ?? icons["circle-dot"] ?? "" }} />
  );
}

export function number(n: number): string {
  if (n < 10_000) return n.toLocaleString("en-US");
  return n < 1_000_000 ? `${(n / 1000).toFixed(n < 100_000 ? 1 : 0)}k` : `${(n / 1_000_000).toFixed(1)}M`;
}

/** Words between backquotes as code. */
export function Codes({ words }: { words: string }): ReactNode {
  return words.split("`").map((part, n) => (n % 2 ? <code key={n} className="id">{part}</code> : part));
}

export function Button({ icon, label, act, look = "", off = false, words = false, title }: {
  icon: string; label: string; act: () => void; look?: string; off?: boolean; words?: boolean; title?: string;
}): ReactNode {
  return (
    <button type="button" className={`btn btn-sm ${words ? "" : "btn-square"} ${look}`} onClick={act} disabled={off} title={title ?? label} aria-label={words ? undefined : label}>
      <Icon name={icon} /> {words && label}
    </button>
  );
}

export const TYPES: Record<string, [string, string]> = {
  message: ["Message", "An email or a text, on the channel and at the time that suit the person"],
  wait: ["Wait", "For a time, until an hour of their day, or until something happens"],
  branch: ["Branch", "Different ways for different people, by a condition"],
  split: ["Split", "Shares of the people go different ways by chance; some may be held out"],
  offer: ["Offer", "Gives the person a code"],
  recover: ["Recovery text", "The one text to those whom an abandonment’s emails left silent"],
  update: ["Update", "Changes a trait, or has them leave a channel"],
  call: ["Call", "Tells another program by HTTP"],
  enter: ["Enter a journey", "Lets them into another journey, and goes on here"],
  exit: ["Exit", "Ends the journey here"],
};

export function typeName(type: string): string {
  return TYPES[type]?.[0] ?? type.charAt(0).toUpperCase() + type.slice(1);
}

/** The way's name as it is read. */
export function wayName(name: string): string {
  return ["otherwise", "timeout", "then", "holdout", "without", "with a code", "no text"].includes(name) ? name.charAt(0).toUpperCase() + name.slice(1) : name;
}
