/** What the tag and the server tell a unit, and what it tells the tag. */

export interface Place {
  code: string;
  name: string;
  dial: string;
  example: string;
}

export interface TextWay {
  keyword: string;
  number: string;
  body: string;
  href: string;
  qr: string;
}

export interface Step {
  step: "email" | "phone" | "preference" | "done";
  title: string;
  text: string;
  button: string;
  skip?: string;
  /** Words, and where they lead when they are a link. */
  consent?: [string, string][];
  box?: boolean;
  choices?: [string, string][];
  coupon?: string;
  /** A code that comes once the address is confirmed, or is on its way. */
  code?: "after" | "coming";
  url?: string | null;
}

export interface Definition {
  unit: string;
  kind: "popup" | "flyout" | "embedded" | "page";
  language: string;
  /** What the unit says by itself, in its language; see content/languages. */
  words: Record<string, string>;
  brand: string;
  steps: Step[];
  confirm: { email: boolean; sms: boolean };
  theme: {
    accent: string;
    ink: string;
    background: string;
    text: string;
    mode: "light" | "auto";
    radius: number;
    image: string | null;
    image_words: string;
    corner: "left" | "right";
  };
  countries: Place[];
  work: number;
}

/** Where the form stands: the same shape whatever came of a step. */
export interface State {
  flow: string;
  challenge: string;
  step: string;
  errors: Record<string, string>;
  text?: TextWay | null;
}

export interface Surroundings {
  home: string;
  slug: string;
  device: string;
  has: string[];
  country: string;
  page: string;
  phone: boolean;
  /** Where an embedded unit stands. */
  place?: Element;
  /** A preview draws what it is given and sends nothing. */
  preview?: Definition & State;
  shown(): void;
  gave(channel: "email" | "sms"): void;
  done(): void;
  closed(): void;
}

export type Draw = (around: Surroundings) => void;
