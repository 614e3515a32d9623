import type { Language } from './alerts-config.ts';
import { formatDuration } from './duration.ts';
import type { MessageKind, ProblemKind } from './incident.ts';

/** The sentences that messages are made of, in one language. */
export interface Words {
  readonly heading: Readonly<Record<MessageKind, string>>;
  readonly since: string;
  readonly lasted: string;
  readonly caughtUp: string;
  readonly works: string;
  readonly others: string;
  readonly responsible: string;
  readonly run: string;
  readonly try: string;
  readonly problem: (problem: Subjected) => string;
  readonly time: (instant: string) => string;
}

const time = (instant: string) => `${instant.slice(0, 16).replace('T', ' ')} UTC`;
const nameOf = (subject: string) => subject.replace(/^[^/]*\//, '');

type Subjected = ProblemKind & { readonly subject: string };
type Sentences = {
  readonly [Kind in ProblemKind['kind']]: (name: string, problem: ProblemKind & { kind: Kind }) => string;
};

function sentence(sentences: Sentences, problem: Subjected): string {
  const say = sentences[problem.kind] as (name: string, problem: ProblemKind) => string;
  return say(nameOf(problem.subject), problem);
}

/** The problem as an English sentence without a full stop. */
export function problemSentence(problem: Subjected): string {
  return words.en.problem(problem);
}

const english: Sentences = {
  failed: (name) => `the last run of ${name} failed`,
  late: (name, { completeThrough }) =>
    `${name} is complete only through ${time(completeThrough)}, though its runs succeed`,
  'long transaction': (name, { xmin }) =>
    `a transaction on the host of ${name} (oldest id ${xmin}) stays open; each run reads again all that changed since`,
  'row count': (name, { tables }) => `the books of ${name} do not balance: ${tables} rows more at the source`,
  unreachable: () => 'the warehouse cannot be used',
  'task failing': (name) => `the workflow of ${name} cannot go on: its code fails`,
  retrying: (name, { activity, attempts }) =>
    `activity ${activity} of ${name} has failed ${attempts - 1} times and is tried on`,
  overdue: (name, { usualSeconds }) =>
    `the run of ${name} takes far longer than usual${usualSeconds > 0 ? ` (${formatDuration(usualSeconds)})` : ''}`,
  missing: (name) => `the schedule ${name} does not exist`,
  paused: (name) => `the schedule ${name} is paused, and its note does not say by whom`,
  idle: (name, { last }) => `the schedule ${name} has started nothing since ${time(last)}`,
  'no weather': (name, { last }) => `no weather of ${name} since ${last === undefined ? 'ever' : time(last)}`,
  'disk full': (_, { free }) => `the disk of the staging folder is nearly full (${free} free)`,
  'no worker': (name) => `no worker takes the work of task queue ${name}`,
  'invalid config': () =>
    'the config has a mistake, so that no run can begin; this is told by the last one without',
  test: () => 'nothing is wrong: somebody tries whether messages arrive',
};

const russian: Sentences = {
  failed: (name) => `последний запуск ${name} завершился ошибкой`,
  late: (name, { completeThrough }) =>
    `данные ${name} полны только до ${time(completeThrough)}, хотя запуски успешны`,
  'long transaction': (name, { xmin }) =>
    `на сервере ${name} не закрывается транзакция (самая старая ${xmin}); каждый запуск перечитывает всё, что изменилось с тех пор`,
  'row count': (name, { tables }) => `счёт строк ${name} не сходится: в источнике больше на ${tables}`,
  unreachable: () => 'хранилище недоступно',
  'task failing': (name) => `процесс ${name} не может продолжаться: ошибка в его коде`,
  retrying: (name, { activity, attempts }) =>
    `шаг ${activity} (${name}) не удался ${attempts - 1} раз и повторяется`,
  overdue: (name, { usualSeconds }) =>
    `запуск ${name} идёт гораздо дольше обычного${usualSeconds > 0 ? ` (${formatDuration(usualSeconds)})` : ''}`,
  missing: (name) => `расписания ${name} нет`,
  paused: (name) => `расписание ${name} приостановлено, и не сказано кем`,
  idle: (name, { last }) => `расписание ${name} ничего не запускало с ${time(last)}`,
  'no weather': (name, { last }) =>
    `нет погоды для ${name} с ${last === undefined ? 'самого начала' : time(last)}`,
  'disk full': (_, { free }) => `диск папки staging почти заполнен (свободно ${free})`,
  'no worker': (name) => `ни один worker не берёт задачи очереди ${name}`,
  'invalid config': () =>
    'в конфигурации ошибка, запуски невозможны; сообщение отправлено по последней верной',
  test: () => 'ничего не случилось: кто-то проверяет, доходят ли сообщения',
};

/** English or Russian. */
export const words: Readonly<Record<Language, Words>> = {
  en: {
    heading: { opened: '🔴 Wrong', reminder: '🟠 Still wrong', resolved: '🟢 Well again' },
    since: 'Since',
    lasted: 'It lasted',
    caughtUp: 'Complete again through',
    works: 'Goes on as usual',
    others: 'Also wrong, found at the same time',
    responsible: 'Responsible',
    run: 'Run',
    try: 'Try',
    problem: (problem) => sentence(english, problem),
    time,
  },
  ru: {
    heading: { opened: '🔴 Сбой', reminder: '🟠 Сбой продолжается', resolved: '🟢 Снова в порядке' },
    since: 'С',
    lasted: 'Длилось',
    caughtUp: 'Данные снова полны до',
    works: 'Работает как обычно',
    others: 'Обнаружено одновременно',
    responsible: 'Ответственные лица',
    run: 'Запуск',
    try: 'Попробуйте',
    problem: (problem) => sentence(russian, problem),
    time,
  },
};
