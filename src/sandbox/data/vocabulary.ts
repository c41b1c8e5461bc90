import { pick, type Random } from './random.ts';

/** The name of the seller at a position; seldom there is none. */
export function sellerName(random: Random, position: number): string | null {
  return drawn(random, position, UNUSUAL_NAMES, [FAMILIES, HOUSES]);
}

/** The title of the catalog at a position; seldom there is none. */
export function catalogTitle(random: Random, position: number): string | null {
  return drawn(random, position, UNUSUAL_TITLES, [SEASONS, SUBJECTS]);
}

export function agentName(random: Random): string | null {
  return random() < 0.1 ? null : pick(random, AGENTS);
}

type Words = readonly string[];

function drawn(random: Random, position: number, unusual: Words, usual: readonly Words[]): string | null {
  if (random() < 0.03) return null;
  // By turns and not by lot, so that no seed leaves one out.
  if (position % UNUSUAL_EVERY === UNUSUAL_EVERY - 1) {
    return unusual[Math.floor(position / UNUSUAL_EVERY) % unusual.length] as string;
  }
  return usual.map((words) => pick(random, words)).join(' ');
}

const UNUSUAL_EVERY = 8;

/** What sellers' usual names begin with. */
const FAMILIES = [
  'Ashdown',
  'Bellweather',
  'Brånemyr',
  'Calloway',
  'Czernohaus',
  'Dragomirescu',
  'Eskelund',
  'Fontvieille',
  'Grünwaldt',
  'Hærlund',
  'Ibarrola',
  'Jakubův',
  'Kestrel',
  'Łabędzki',
  'Marchbanks',
  'Núñez de Orta',
  'O’Rahilly',
  "O'Sheary",
  'Pemberly',
  'Quillfeather',
  'Rosenqvist',
  'Şahinoğlu',
  'Thistlewood',
  'Uxbury',
  'Vårlind',
  'Wexcombe',
  'Ysolde',
  'Zwaanhof',
];

/** What sellers' usual names end with. */
const HOUSES = [
  'Auctions',
  'Auctioneers',
  'Estate Co',
  'Fine Art',
  'Galleries',
  'Gavel House',
  'Salesroom',
  '& Appraisals',
  '& Daughters',
  '& Søn',
  'Auktionen GmbH',
  'Enchères',
  'Subastas',
];

/** Names that try what reads, sorts, measures or escapes text. */
const UNUSUAL_NAMES = [
  '霞町骨董店',
  '青岚拍卖行',
  '가온 경매',
  'دار النخيل للمزادات',
  'בית מכירות הדקל',
  'Аукционный дом «Рассвет»',
  'Δημοπρασίες Ήλιος',
  'हिमगिरि नीलामी',
  '𠮷川美術',
  '🔨 The Cheerful Gavel',
  'Atelier 👩‍🎨 & Fils',
  'Zoë & Bjo\u0308rn',
  'Back\\slash "Quoted" Sales',
  '<b>Bold</b> & Sons',
];

const SEASONS = ['Spring', 'Summer', 'Autumn', 'Winter', 'Evening', 'Important', 'Online', 'Timed'];

const SUBJECTS = [
  'Jewels',
  'Timepieces',
  'Furniture & Décor',
  'Old Masters',
  'Prints & Multiples',
  'Wine and Spirits',
  'Motor Cars',
  'Asian Art',
  'Books & Manuscripts',
  'Toys',
  'Silver',
  'Estate Sale',
  'Coins',
  'Carpets',
  'Musical Instruments',
];

/** Titles that try the same as the unusual names. */
const UNUSUAL_TITLES = [
  'Mobilier & objets d’art — vente n° 7',
  '春の茶道具',
  '秋季书画专场',
  'مزاد الخط العربي',
  'תכשיטים עתיקים',
  'Art déco 💎 bijoux',
  "The Collector's Cabinet, Part II",
];

const AGENTS = ['AGT01', 'AGT02', 'AGT07', 'NORTH', 'Südwest', 'online'];
