/** What becomes of an invitation: `soon` is left open with the shortest time there is. */
export type Answer = 'accept' | 'decline' | 'revoke' | 'wait' | 'soon';

export interface DemoApplication {
  /** Unique in the demo; its external id is `demo-<key>`. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  /** False where it is still being integrated. */
  readonly active: boolean;
}

export interface DemoPerson {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly role: string;
  readonly applications: readonly string[];
  readonly answer: Answer;
}

export interface DemoAccount {
  readonly key: string;
  readonly name: string;
  readonly plan: string;
  readonly applications: readonly string[];
  /** The first one is its owner. */
  readonly people: readonly [DemoPerson, ...DemoPerson[]];
}

export const applications: readonly DemoApplication[] = [
  { key: 'compass', name: 'Compass', description: 'Start page and directory; everybody has it.', active: true },
  { key: 'ledgerline', name: 'Ledgerline', description: 'Invoices and bookkeeping.', active: true },
  { key: 'fieldbook', name: 'Fieldbook', description: 'Inspections on site.', active: true },
  { key: 'sightglass', name: 'Sightglass', description: 'Reports and dashboards.', active: true },
  { key: 'paperweight', name: 'Paperweight', description: 'Contracts and their deadlines.', active: true },
  { key: 'tidewater', name: 'Tidewater', description: 'Shift planning; still being integrated.', active: false },
];

/** What every account has from its opening on. */
export const defaultApplication = 'compass';

const person =
  (domain: string) =>
  (name: string, local: string, role: string, answer: Answer, ...more: readonly string[]): DemoPerson => {
    const [firstName = '', lastName = ''] = name.split(' | ');
    const email = local.includes('@') ? local : `${local}@${domain}`;
    return { firstName, lastName, email, role, answer, applications: [defaultApplication, ...more] };
  };

const joinery = person('harbour-pine.example');
const clinics = person('lumen-clinics.example');
const freight = person('sable-freight.example');
const learning = person('okapi-learning.example');
const bakery = person('marrow-street.example');

/** Audits for more than one customer: one user, a row in each account. */
const auditor = ['Ingrid | Solheim', 'ingrid@solheim-audit.example', 'auditor', 'accept'] as const;

export const accounts: readonly DemoAccount[] = [
  {
    key: 'harbour-pine',
    name: 'Harbour & Pine Joinery',
    plan: 'enterprise',
    applications: ['ledgerline', 'fieldbook', 'sightglass', 'tidewater'],
    people: [
      joinery('Olga | Ödegård', 'olga', 'owner', 'accept'),
      joinery('Amara | Okafor', 'amara', 'admin', 'accept', 'ledgerline', 'sightglass'),
      joinery('Tomasz | Wiśniewski', 'tomasz', 'staff', 'accept', 'fieldbook'),
      joinery('Priya | Raghunathan', 'priya', 'staff', 'accept', 'ledgerline'),
      joinery('Mateo | Quispe', 'mateo', 'reader', 'accept', 'fieldbook'),
      joinery('Hana | Sato', 'hana', 'staff', 'accept', 'ledgerline', 'fieldbook'),
      joinery('Kwame | Boateng', 'kwame', 'contact-contributor', 'accept'),
      joinery('Noor | el-Sayed', 'noor', 'viewer', 'accept', 'sightglass'),
      joinery(...auditor),
      joinery('Liam | Byrne', 'liam', 'reader', 'wait', 'fieldbook'),
      joinery('Aroha | Ngata', 'aroha', 'staff', 'decline', 'ledgerline'),
      joinery('Viktor | Horvat', 'viktor', 'reader', 'revoke', 'fieldbook'),
      joinery('Saoirse | Ní Bhriain', 'saoirse', 'staff', 'soon', 'sightglass'),
    ],
  },
  {
    key: 'lumen-clinics',
    name: 'Lumen Clinics',
    plan: 'pro',
    applications: ['ledgerline', 'paperweight', 'sightglass'],
    people: [
      clinics('Fatima Zahra | Benali', 'fatima', 'owner', 'accept'),
      clinics('Jun-ho | Park', 'junho', 'admin', 'accept', 'paperweight'),
      clinics('Elif | Demir', 'elif', 'staff', 'accept', 'ledgerline'),
      clinics('Chinonso | Eze', 'chinonso', 'staff', 'accept', 'ledgerline', 'paperweight'),
      clinics('Leilani | Kahale', 'leilani', 'viewer', 'accept', 'sightglass'),
      clinics('Dmitri | Volkov', 'dmitri', 'reader', 'wait', 'paperweight'),
      clinics('María José | Fuentes', 'mariajose', 'staff', 'wait', 'ledgerline'),
      clinics('Anneliese | Brandt', 'anneliese', 'contact-reader', 'decline'),
      clinics('Tarek | Haddad', 'tarek', 'reader', 'wait', 'sightglass'),
    ],
  },
  {
    key: 'sable-freight',
    name: 'Sable Freight',
    plan: 'pro',
    applications: ['ledgerline', 'fieldbook', 'paperweight'],
    people: [
      freight('Ravi | Chandrasekhar', 'ravi', 'owner', 'accept', 'ledgerline'),
      freight('Ximena | Castillo', 'ximena', 'admin', 'accept', 'paperweight'),
      freight('Oluwaseun | Adeyemi', 'oluwaseun', 'staff', 'accept', 'fieldbook', 'paperweight'),
      freight('Mei-Ling | Tan', 'meiling', 'staff-full-read', 'accept', 'paperweight'),
      freight(...auditor),
      freight('Bjørn | Haugen', 'bjorn', 'reader', 'wait', 'fieldbook'),
      freight('Yuki | Nakamura', 'yuki', 'viewer', 'wait', 'ledgerline'),
      freight('Samira | Rahimi', 'samira', 'staff', 'wait', 'fieldbook'),
      freight('Patrick | O’Leary', 'patrick', 'reader', 'revoke', 'ledgerline'),
    ],
  },
  {
    key: 'okapi-learning',
    name: 'Okapi Learning',
    plan: 'free',
    applications: ['sightglass'],
    people: [
      learning('Nomvula | Dlamini', 'nomvula', 'owner', 'accept'),
      learning('Gabriel | Araújo', 'gabriel', 'staff', 'accept', 'sightglass'),
      learning('Zsófia | Kovács', 'zsofia', 'reader', 'wait'),
      learning('Aziz | Rustamov', 'aziz', 'reader', 'wait', 'sightglass'),
      learning('Isla | MacLeod', 'isla', 'staff', 'wait'),
      learning('Thandiwe | Moyo', 'thandiwe', 'viewer', 'revoke', 'sightglass'),
    ],
  },
  {
    key: 'marrow-street',
    name: 'Marrow Street Bakery',
    plan: 'free',
    applications: [],
    people: [
      bakery('Beatriz | Moreira', 'beatriz', 'owner', 'accept'),
      bakery('Omar | Farouk', 'omar', 'staff', 'accept'),
      bakery('Linh | Nguyễn', 'linh', 'reader', 'wait'),
      bakery('Eleni | Papadaki', 'eleni', 'reader', 'wait'),
    ],
  },
];
