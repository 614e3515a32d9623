import { formatDuration } from './duration.ts';
import { failureTypes } from './failure.ts';
import { partsOf } from './incident.ts';
import type { FailureWords, Words } from './incident-words.ts';
import { runCommand, sessionsOf } from './incident-words.ts';

const units = { s: 'с', min: 'мин', h: 'ч', d: 'д' };
const duration = (seconds: number) => formatDuration(seconds, units);
/** `24.11.2026 17:41 UTC`. */
const time = (instant: string) => {
  const [year, month, day] = instant.slice(0, 10).split('-');
  return `${day}.${month}.${year} ${instant.slice(11, 16)} UTC`;
};
const decimal = (value: number) => value.toFixed(1).replace('.', ',');
const named = (type: string, name: string) => {
  if (type === 'place') return `Погода для ${name}`;
  return type === 'schedule' ? `Расписание ${name}` : name;
};

/** Failures by type, in Russian: their own messages are in English or in a server's language. */
const failures: Readonly<Record<string, FailureWords>> = {
  [failureTypes.batchLost]: { cause: 'прочитанные данные потеряны до загрузки' },
  [failureTypes.positionMoved]: { cause: 'одновременно загружались другие данные этого источника' },
  [failureTypes.unreconciled]: { cause: 'количество строк не сходится' },
  [failureTypes.cannotRead]: {
    cause: 'источник нельзя прочитать',
    advice: 'Исправьте права, таблицу или настройки источника.',
  },
  [failureTypes.cannotLand]: {
    cause: 'данные нельзя записать в хранилище',
    advice: 'Исправьте значение, тип столбца, права или схему хранилища (tidehouse migrate).',
  },
  [failureTypes.badConfig]: { cause: 'ошибка в конфигурации', advice: 'Исправьте конфигурацию.' },
  [failureTypes.unavailable]: {
    cause: 'сервер недоступен, перегружен или отказал в доступе',
    advice: 'Проверьте, что сервер работает и доступен, а адрес и пароль верны.',
  },
  [failureTypes.noObservation]: { cause: 'сервис погоды не дал свежего наблюдения' },
  [failureTypes.fileMoved]: { cause: 'файл одновременно изменён другой попыткой' },
  [failureTypes.cannotWrite]: {
    cause: 'папка недоступна для записи',
    advice: 'Освободите место на диске или верните доступ к папке.',
  },
  TimeoutFailure: { cause: 'истекло отведённое время, или исполнитель перестал отвечать', complete: true },
  TerminatedFailure: { cause: 'запуск остановлен вручную', complete: true },
  CancelledFailure: { cause: 'запуск отменён', complete: true },
};

export const russian: Words = {
  phrases: {
    failed: ({ type, name }) => ({
      opened: `${named(type, name)}: сбой`,
      reminder: `${named(type, name)}: сбой продолжается`,
      detail: 'последний запуск завершился ошибкой',
    }),
    late: ({ name, problem, age }) => ({
      opened: age === undefined ? `${name} отстаёт` : `${name} отстаёт на ${age}`,
      reminder: `${name} всё ещё отстаёт`,
      detail: `запуски успешны, но данные полны только на ${time(problem.completeThrough)}`,
    }),
    'long transaction': ({ name, problem }) => ({
      opened: `${name}: слишком долгая транзакция`,
      reminder: `${name}: транзакция всё ещё не закрыта`,
      detail: `пока открыта транзакция ${problem.xmin}, каждый запуск заново читает всё, что изменилось с её начала`,
    }),
    'row count': ({ name, problem }) => ({
      opened: `${name}: количество строк не сходится`,
      reminder: `${name}: количество строк всё ещё не сходится`,
      detail: `строк в источнике минус строк в хранилище: ${problem.tables}`,
    }),
    unreachable: () => ({
      opened: 'Хранилище недоступно',
      reminder: 'Хранилище всё ещё недоступно',
      detail: 'запуски не могут с ним работать',
    }),
    'task failing': ({ name }) => ({
      opened: `${name}: выполнение остановилось`,
      reminder: `${name}: выполнение всё ещё остановлено`,
      detail: 'код процесса завершается ошибкой при каждой попытке',
    }),
    retrying: ({ name, problem: { activity, attempts } }) => ({
      opened: `${name}: операция ${activity} не удаётся`,
      reminder: `${name}: операция ${activity} всё ещё не удаётся`,
      detail: `неудачных попыток: ${attempts - 1}, попытки продолжаются`,
    }),
    overdue: ({ name, problem: { usualSeconds } }) => ({
      opened: `${name}: запуск идёт намного дольше обычного`,
      reminder: `${name}: запуск всё ещё идёт намного дольше обычного`,
      detail:
        usualSeconds > 0 ? `обычно он занимает ${duration(usualSeconds)}` : 'первый запуск ещё не завершён',
    }),
    missing: ({ name }) => ({
      opened: `Расписание ${name} отсутствует`,
      reminder: `Расписание ${name} всё ещё отсутствует`,
      detail: 'запуски не начинаются',
    }),
    paused: ({ name }) => ({
      opened: `Расписание ${name} приостановлено`,
      reminder: `Расписание ${name} всё ещё приостановлено`,
      detail: 'в примечании не указано, кем',
    }),
    idle: ({ name, problem }) => ({
      opened: `Расписание ${name} не начинает запуски`,
      reminder: `Расписание ${name} всё ещё не начинает запуски`,
      detail: `с ${time(problem.last)} не начался ни один запуск`,
    }),
    'no weather': ({ name, problem }) => ({
      opened: `Нет новой погоды для ${name}`,
      reminder: `Всё ещё нет новой погоды для ${name}`,
      detail: `последнее наблюдение: ${time(problem.last)}`,
    }),
    'disk full': ({ problem: { freeBytes, freeShare } }) => ({
      opened: 'Диск с промежуточными файлами почти заполнен',
      reminder: 'Диск с промежуточными файлами всё ещё почти заполнен',
      detail: `свободно ${decimal(freeBytes / 2 ** 30)} ГиБ (${decimal(100 * freeShare)} %)`,
    }),
    'no worker': ({ name }) => ({
      opened: `Очередь ${name}: нет исполнителя`,
      reminder: `Очередь ${name}: всё ещё нет исполнителя`,
      detail: 'задачи этой очереди ждут',
    }),
    'invalid config': () => ({
      opened: 'Ошибка в конфигурации',
      reminder: 'Ошибка в конфигурации не исправлена',
      detail: 'запуски невозможны; сообщение отправлено по последней верной конфигурации',
    }),
    test: () => ({
      opened: 'Проверка сообщений',
      reminder: 'Проверка напоминаний',
      detail: 'сообщение отправлено командой tidehouse alerts test; ничего не случилось',
    }),
  },
  resolved({ kind, subject }) {
    const { type, name } = partsOf(subject);
    if (kind === 'test') return 'Проверка окончена';
    const headlines: Readonly<Record<string, string>> = {
      place: `Погода для ${name} снова поступает`,
      schedule: `Расписание ${name} снова работает`,
      queue: `Очередь ${name}: исполнитель снова есть`,
      'row-count': `${name}: количество строк снова сходится`,
      'long-transaction': `${name}: долгая транзакция закрыта`,
      warehouse: 'Хранилище снова доступно',
      disk: 'На диске с промежуточными файлами снова достаточно места',
      config: 'Конфигурация исправлена',
    };
    return headlines[type] ?? `${name}: работа восстановлена`;
  },
  actions: {
    failed: ({ type, name }) => runCommand(type, name),
    late: () => ({ text: 'Проверьте часы источника.' }),
    'long transaction': ({ problem }) => ({
      text: 'Завершите транзакцию в источнике. Запрос покажет её сеанс; подготовленные транзакции смотрите в pg_prepared_xacts.',
      sql: sessionsOf(problem.xmin),
    }),
    'row count': () => ({ text: 'Перечитайте таблицы целиком: раздел row-count в docs/operate.md.' }),
    unreachable: () => ({ command: 'tidehouse doctor' }),
    'task failing': () => ({
      text: 'Откройте запуск, чтобы увидеть ошибку, и проверьте, какая версия исполнителя развёрнута последней.',
    }),
    overdue: () => ({
      text: 'Откройте запуск и посмотрите, чего он ждёт. Если он завис, остановите его: данные не потеряются, следующий запуск начнёт заново.',
    }),
    missing: () => ({ command: 'tidehouse schedules apply' }),
    paused: ({ name }) => ({ command: `tidehouse schedules resume ${name}` }),
    idle: () => ({ command: 'tidehouse doctor' }),
    'no weather': ({ type, name }) => runCommand(type, name),
    'disk full': () => ({ text: 'Освободите место или укажите другую папку (staging) в конфигурации.' }),
    'no worker': ({ name }) => ({ command: `tidehouse worker --queue ${name}` }),
    'invalid config': () => ({ text: 'Исправьте конфигурацию; перезапуск не нужен.' }),
  },
  failures: (type) => failures[type] ?? { cause: 'непредвиденная ошибка' },
  labels: {
    cause: 'Причина',
    since: 'Начало',
    lasted: 'Длительность',
    completeThrough: 'Данные снова полны на',
    unaffected: 'Не затронуты',
    related: 'Обнаружено одновременно',
    responsible: 'Ответственные',
    run: 'Запуск',
    next: 'Что делать',
    mute: 'Отключить напоминания',
  },
  table: (name) => `таблица "${name}"`,
  time,
  duration,
  lastingFor: (length) => `длится ${length}`,
};
