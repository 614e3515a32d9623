import { formatDuration } from './duration.ts';
import { failureTypes } from './failure.ts';
import { partsOf } from './incident.ts';
import { commands, runCommand, sessionsOf, standbyLag } from './incident-commands.ts';
import type { FailureWords, Words } from './incident-words.ts';
import { formatNumber } from './number.ts';

const units = { s: 'с', min: 'мин', h: 'ч', d: 'дн.' };
const duration = (seconds: number) => formatDuration(seconds, units);
/** `24.11.2026 17:41 UTC`. */
const time = (instant: string) => {
  const [year, month, day] = instant.slice(0, 10).split('-');
  return `${day}.${month}.${year} ${instant.slice(11, 16)} UTC`;
};
const number = (value: number) => formatNumber(value).replaceAll(',', '\u00a0');
const decimal = (value: number) => value.toFixed(1).replace('.', ',');
const named = (type: string, name: string) => {
  if (type === 'place') return `Погода (${name})`;
  return type === 'schedule' ? `Расписание ${name}` : name;
};

type FailureType =
  | (typeof failureTypes)[keyof typeof failureTypes]
  | 'TimeoutFailure'
  | 'TerminatedFailure'
  | 'CancelledFailure';

/** Failures by type, in Russian: their own messages are in English or in a server's language. */
const failures: Readonly<Record<FailureType, FailureWords>> = {
  [failureTypes.batchLost]: { cause: 'прочитанные данные потеряны до загрузки в хранилище' },
  [failureTypes.positionMoved]: { cause: 'тем временем загрузились другие данные этого источника' },
  [failureTypes.unreconciled]: { cause: 'количество строк не совпадает' },
  [failureTypes.cannotRead]: {
    cause: 'не удаётся прочитать источник',
    advice: 'Проверьте права доступа, таблицу и настройки источника.',
  },
  [failureTypes.cannotLand]: {
    cause: 'не удаётся записать данные в хранилище',
    advice: 'Проверьте значение, тип столбца, права доступа и схему хранилища (tidehouse migrate).',
  },
  [failureTypes.badConfig]: { cause: 'ошибка в конфигурации', advice: 'Исправьте конфигурацию.' },
  [failureTypes.unavailable]: {
    cause: 'сервер недоступен, перегружен или отказал в доступе',
    advice: 'Проверьте, что сервер работает и доступен, а адрес и пароль верны.',
  },
  [failureTypes.auditFailed]: { cause: 'сверка проверила не все таблицы' },
  [failureTypes.sourcesFailed]: { cause: 'загружены не все источники' },
  [failureTypes.placesFailed]: { cause: 'погода получена не для всех мест' },
  [failureTypes.cannotNotify]: {
    cause: 'чат не принимает сообщения',
    advice: 'Проверьте токен, чат и участие бота в нём.',
  },
  [failureTypes.noObservation]: { cause: 'сервис погоды не вернул свежих данных' },
  [failureTypes.fileMoved]: { cause: 'тем временем файл записала другая попытка' },
  [failureTypes.cannotWrite]: {
    cause: 'папка недоступна для записи',
    advice: 'Освободите место на диске или верните доступ к папке.',
  },
  TimeoutFailure: { cause: 'истекло отведённое время или воркер перестал отвечать', complete: true },
  TerminatedFailure: { cause: 'запуск остановлен вручную', complete: true },
  CancelledFailure: { cause: 'запуск отменён', complete: true },
};

const lateDetails = {
  'old data': (through: string) =>
    `запуски проходят успешно, но данные, которые они находят в источнике, полны только до ${through}`,
  'rare runs': (through: string) =>
    `запуски проходят успешно, но начинаются реже, чем допускает порог отставания; данные загружены только до ${through}`,
  'nothing landed': (through: string) =>
    `уже некоторое время ничего не загружается; данные загружены только до ${through}`,
  unknown: (through: string) => `запуски проходят успешно, но данные загружены только до ${through}`,
};

export const russian: Words = {
  phrases: {
    failed: ({ type, name }) => ({
      opened: `${named(type, name)}: сбой`,
      reminder: `${named(type, name)}: сбой продолжается`,
      detail: 'последний запуск завершился с ошибкой',
    }),
    late: ({ name, problem, age }) => ({
      opened: age === undefined ? `${name} отстаёт` : `${name} отстаёт на ${age}`,
      reminder: `${name} всё ещё отстаёт`,
      detail: lateDetails[problem.cause ?? 'unknown'](time(problem.completeThrough)),
    }),
    clock: ({ name, problem: { ahead } }) => ({
      opened: `${name}: часы идут неверно`,
      reminder: `${name}: часы всё ещё идут неверно`,
      detail: `они ${ahead > 0 ? 'спешат' : 'отстают'} на ${duration(Math.abs(ahead))} по сравнению с часами хранилища; так же смещено время, которое записывает источник`,
    }),
    'long transaction': ({ name, problem }) => ({
      opened: `${name}: слишком долгая транзакция`,
      reminder: `${name}: долгая транзакция всё ещё открыта`,
      detail: `пока транзакция ${problem.xmin} открыта, каждый запуск заново читает всё, что изменилось с её начала`,
    }),
    'row count': ({ name, problem }) => ({
      opened: `${name}: количество строк не совпадает`,
      reminder: `${name}: количество строк всё ещё не совпадает`,
      detail: `разница в строках, источник минус хранилище: ${problem.tables}`,
    }),
    'held deletes': ({ name, problem }) => ({
      opened: `${name}: удалено слишком много строк сразу`,
      reminder: `${name}: удаление большого числа строк всё ещё не подтверждено`,
      detail: `строки остаются в хранилище, пока кто-нибудь не подтвердит их удаление: ${problem.tables}`,
    }),
    audit: ({ name, problem }) => ({
      opened: `Сверка ${name} нашла расхождения`,
      reminder: `С тех пор ни одна сверка ${name} не прошла без расхождений`,
      detail: `строки отличались от источника и прочитаны заново: ${problem.tables}`,
    }),
    'held back': ({ name }) => ({
      opened: `Таблица ${name} не загружается`,
      reminder: `Таблица ${name} всё ещё не загружается`,
      detail: 'её строки остаются прежними; остальные таблицы источника загружаются',
    }),
    quarantine: ({ name, problem }) => ({
      opened: `${name}: хранилище не принимает некоторые строки`,
      reminder: `${name}: строки всё ещё в карантине`,
      detail: `они ждут в карантине, остальные загружаются: ${problem.tables}`,
    }),
    'dropped columns': ({ name, problem }) => ({
      opened: `${name}: удалены столбцы, которые читают представления`,
      reminder: `${name}: представления всё ещё читают удалённые столбцы`,
      detail: `в строках, записанных с тех пор, они пусты: ${problem.columns}`,
    }),
    orphans: ({ name, problem: { tables, rows } }) => ({
      opened:
        tables === '' ? `Источника ${name} больше нет в конфигурации` : `${name}: таблицы больше не читаются`,
      reminder: `Строки ${name}, которые больше не читаются, всё ещё в хранилище`,
      detail: `строки остаются в хранилище, пока не решено, что с ними делать: ${number(rows)}${tables === '' ? '' : ` (${tables})`}`,
    }),
    unreachable: () => ({
      opened: 'Хранилище недоступно',
      reminder: 'Хранилище всё ещё недоступно',
      detail: 'запуски не могут к нему обратиться',
    }),
    'task failing': ({ name }) => ({
      opened: `${name}: запуск не может продолжиться`,
      reminder: `${name}: запуск всё ещё не может продолжиться`,
      detail: 'его код завершается с ошибкой при каждой попытке',
    }),
    retrying: ({ name, problem: { activity, attempts } }) => ({
      opened: `${name}: операция ${activity} завершается с ошибкой`,
      reminder: `${name}: операция ${activity} всё ещё завершается с ошибкой`,
      detail: `неудачных попыток: ${attempts - 1}, повторы продолжаются`,
    }),
    overdue: ({ name, problem: { usualSeconds } }) => ({
      opened: `${name}: запуск идёт намного дольше обычного`,
      reminder: `${name}: запуск всё ещё идёт намного дольше обычного`,
      detail:
        usualSeconds > 0 ? `обычно он занимает ${duration(usualSeconds)}` : 'первый запуск ещё не завершён',
    }),
    missing: ({ name }) => ({
      opened: `Нет расписания ${name}`,
      reminder: `Расписания ${name} всё ещё нет`,
      detail: 'новые запуски не начинаются',
    }),
    paused: ({ name }) => ({
      opened: `Расписание ${name} приостановлено`,
      reminder: `Расписание ${name} всё ещё приостановлено`,
      detail: 'в примечании не указано, кто его приостановил',
    }),
    idle: ({ name, problem }) => ({
      opened: `По расписанию ${name} ничего не запускается`,
      reminder: `По расписанию ${name} всё ещё ничего не запускается`,
      detail: `последний запуск начался ${time(problem.last)}`,
    }),
    'no weather': ({ name, problem }) => ({
      opened: `Нет новых данных о погоде (${name})`,
      reminder: `Всё ещё нет новых данных о погоде (${name})`,
      detail: `последнее наблюдение: ${time(problem.last)}`,
    }),
    'disk full': ({ problem: { freeBytes, freeShare } }) => ({
      opened: 'Диск с промежуточными файлами почти заполнен',
      reminder: 'Диск с промежуточными файлами всё ещё почти заполнен',
      detail: `свободно ${decimal(freeBytes / 2 ** 30)} ГиБ (${decimal(100 * freeShare)} %)`,
    }),
    'no worker': ({ name }) => ({
      opened: `У очереди ${name} нет воркера`,
      reminder: `У очереди ${name} всё ещё нет воркера`,
      detail: 'её задачи не выполняются',
    }),
    'invalid config': () => ({
      opened: 'Ошибка в конфигурации',
      reminder: 'Ошибка в конфигурации всё ещё не исправлена',
      detail: 'запуски невозможны; это сообщение отправлено по последней рабочей конфигурации',
    }),
    test: () => ({
      opened: 'Проверочное сообщение',
      reminder: 'Проверочное напоминание',
      detail:
        'его отправила команда tidehouse alerts test, чтобы показать, что сообщения доходят; ничего не случилось',
    }),
  },
  resolved({ kind, subject }) {
    const { type, name } = partsOf(subject);
    if (kind === 'test') return 'Проверка завершена';
    const headlines: Readonly<Record<string, string>> = {
      place: `Данные о погоде снова поступают (${name})`,
      schedule: `Расписание ${name} снова работает`,
      queue: `У очереди ${name} снова есть воркер`,
      'row-count': `${name}: количество строк снова совпадает`,
      table: `Таблица ${name} снова загружается`,
      deletes: `${name}: удалений, ожидающих подтверждения, больше нет`,
      clock: `${name}: часы снова идут верно`,
      audit: `Сверка ${name}: расхождений нет`,
      quarantine: `${name}: в карантине больше нет строк`,
      columns: `${name}: у представлений снова есть все столбцы`,
      orphans: `Решено, что делать со строками ${name}`,
      'long-transaction': `${name}: долгая транзакция завершена`,
      warehouse: 'Хранилище снова доступно',
      disk: 'На диске с промежуточными файлами снова достаточно места',
      config: 'Конфигурация исправлена',
    };
    return headlines[type] ?? `${name}: работа восстановлена`;
  },
  actions: {
    ...commands,
    late: ({ type, name, problem: { cause } }) => {
      if (cause === 'old data')
        return {
          text: 'Если источник — реплика, выполните этот запрос на ней: он покажет её отставание. Если нет, посмотрите в последнем запуске, какая операция заняла столько времени.',
          sql: standbyLag,
        };
      if (cause === 'rare runs')
        return {
          text: 'Уменьшите в конфигурации интервал расписания sync или увеличьте порог отставания (late_after) и выполните tidehouse schedules apply.',
        };
      return runCommand(type, name);
    },
    clock: () => ({ text: 'Исправьте время на сервере источника или хранилища.' }),
    'long transaction': ({ problem }) => ({
      text: 'Завершите транзакцию в источнике. Этот запрос покажет её сеанс; подготовленная транзакция видна в pg_prepared_xacts.',
      sql: sessionsOf(problem.xmin),
    }),
    'dropped columns': () => ({
      text: 'Верните столбцы в источнике или измените представления так, чтобы они обходились без них.',
    }),
    'task failing': () => ({
      text: 'Откройте запуск: там видна ошибка. Проверьте, какая версия воркера развёрнута последней.',
    }),
    overdue: () => ({
      text: 'Откройте запуск и посмотрите, чего он ждёт. Если он завис, остановите его: данные не потеряются, а следующий запуск начнёт заново.',
    }),
    'disk full': () => ({ text: 'Освободите место или укажите другую папку (staging) в конфигурации.' }),
    'invalid config': () => ({ text: 'Исправьте конфигурацию. Перезапускать ничего не нужно.' }),
  },
  failures: (type) =>
    (failures as Partial<Record<string, FailureWords>>)[type] ?? { cause: 'непредвиденная ошибка' },
  labels: {
    cause: 'Причина',
    since: 'Начало',
    lasted: 'Длительность',
    completeThrough: 'Данные снова загружены до',
    unaffected: 'Не затронуты',
    related: 'Также обнаружено',
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
