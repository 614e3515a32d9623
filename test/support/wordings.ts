import type { Language } from '../../model/alerts-config.ts';
import type { ProblemKind } from '../../model/incident.ts';

const since = '2026-11-24T17:41:57.000Z';

/** The words of the messages about a problem: three headlines, the sentence below them, and what to do next. */
export type Wording = readonly [
  opened: string,
  reminder: string,
  resolved: string,
  detail: string,
  next?: string,
];

/** One problem of each kind, and further subjects of kinds that have several, with the words of their messages. */
const wordings: Record<
  ProblemKind['kind'],
  readonly (Readonly<Record<Language, Wording>> & {
    readonly problem: ProblemKind & { readonly subject: string };
  })[]
> = {
  failed: [
    {
      problem: { subject: 'source/project_b', kind: 'failed' },
      en: [
        'project_b is failing',
        'project_b is still failing',
        'project_b has recovered',
        'Its last run failed',
        'tidehouse sync --source project_b',
      ],
      ru: [
        'project_b: сбой',
        'project_b: сбой продолжается',
        'project_b: работа восстановлена',
        'Последний запуск завершился с ошибкой',
        'tidehouse sync --source project_b',
      ],
    },
    {
      problem: { subject: 'place/minsk', kind: 'failed' },
      en: [
        'Weather for minsk is failing',
        'Weather for minsk is still failing',
        'Weather for minsk has recovered',
        'Its last run failed',
        'tidehouse weather --place minsk',
      ],
      ru: [
        'Погода (minsk): сбой',
        'Погода (minsk): сбой продолжается',
        'Данные о погоде снова поступают (minsk)',
        'Последний запуск завершился с ошибкой',
        'tidehouse weather --place minsk',
      ],
    },
    {
      problem: { subject: 'schedule/sync', kind: 'failed' },
      en: [
        'The sync schedule is failing',
        'The sync schedule is still failing',
        'The sync schedule is working again',
        'Its last run failed',
        'tidehouse schedules trigger sync',
      ],
      ru: [
        'Расписание sync: сбой',
        'Расписание sync: сбой продолжается',
        'Расписание sync снова работает',
        'Последний запуск завершился с ошибкой',
        'tidehouse schedules trigger sync',
      ],
    },
  ],
  late: [
    {
      problem: { subject: 'source/project_b', kind: 'late', completeThrough: since, cause: 'nothing landed' },
      en: [
        'project_b is 45 min behind',
        'project_b is still behind',
        'project_b has recovered',
        'No run of it has landed for some time; its data is complete only through 2026-11-24 17:41 UTC',
        'tidehouse sync --source project_b',
      ],
      ru: [
        'project_b отстаёт на 45 мин',
        'project_b всё ещё отстаёт',
        'project_b: работа восстановлена',
        'Уже некоторое время ничего не загружается; данные загружены только до 24.11.2026 17:41 UTC',
        'tidehouse sync --source project_b',
      ],
    },
    {
      problem: { subject: 'source/project_b', kind: 'late', completeThrough: since, cause: 'rare runs' },
      en: [
        'project_b is 45 min behind',
        'project_b is still behind',
        'project_b has recovered',
        'Its runs succeed, but start less often than late_after; its data is complete only through 2026-11-24 17:41 UTC',
        'Set "schedules.sync" in the config to less than "alerts.late_after", or raise that, and run "tidehouse schedules apply".',
      ],
      ru: [
        'project_b отстаёт на 45 мин',
        'project_b всё ещё отстаёт',
        'project_b: работа восстановлена',
        'Запуски проходят успешно, но начинаются реже, чем допускает порог отставания; данные загружены только до 24.11.2026 17:41 UTC',
        'Уменьшите в конфигурации интервал расписания sync или увеличьте порог отставания (late_after) и выполните tidehouse schedules apply.',
      ],
    },
    {
      problem: { subject: 'source/project_b', kind: 'late', completeThrough: since, cause: 'old data' },
      en: [
        'project_b is 45 min behind',
        'project_b is still behind',
        'project_b has recovered',
        'Its runs succeed, but what they find at the source is complete only through 2026-11-24 17:41 UTC',
        'If the source is a standby, this statement shows there how far it is behind. Otherwise see in its last run which activity took that long.\nselect now() - pg_last_xact_replay_timestamp() as behind;',
      ],
      ru: [
        'project_b отстаёт на 45 мин',
        'project_b всё ещё отстаёт',
        'project_b: работа восстановлена',
        'Запуски проходят успешно, но данные, которые они находят в источнике, полны только до 24.11.2026 17:41 UTC',
        'Если источник — реплика, выполните этот запрос на ней: он покажет её отставание. Если нет, посмотрите в последнем запуске, какая операция заняла столько времени.\nselect now() - pg_last_xact_replay_timestamp() as behind;',
      ],
    },
    {
      problem: { subject: 'source/project_b', kind: 'late', completeThrough: since },
      en: [
        'project_b is 45 min behind',
        'project_b is still behind',
        'project_b has recovered',
        'Its runs succeed, but its data is complete only through 2026-11-24 17:41 UTC',
        'tidehouse sync --source project_b',
      ],
      ru: [
        'project_b отстаёт на 45 мин',
        'project_b всё ещё отстаёт',
        'project_b: работа восстановлена',
        'Запуски проходят успешно, но данные загружены только до 24.11.2026 17:41 UTC',
        'tidehouse sync --source project_b',
      ],
    },
  ],
  clock: [
    {
      problem: { subject: 'clock/project_b', kind: 'clock', ahead: -10_800 },
      en: [
        'The clock of project_b is off',
        'The clock of project_b is still off',
        'The clock of project_b is right again',
        'It is 3 h behind that of the warehouse, and so are the times that it writes',
        'Set the clock of the source host, or that of the warehouse.',
      ],
      ru: [
        'project_b: часы идут неверно',
        'project_b: часы всё ещё идут неверно',
        'project_b: часы снова идут верно',
        'Они отстают на 3 ч по сравнению с часами хранилища; так же смещено время, которое записывает источник',
        'Исправьте время на сервере источника или хранилища.',
      ],
    },
  ],
  'long transaction': [
    {
      problem: { subject: 'long-transaction/project_b', kind: 'long transaction', xmin: '700' },
      en: [
        'A long transaction is open on project_b',
        'A long transaction is still open on project_b',
        'The long transaction on project_b has ended',
        'Until transaction 700 ends, each run rereads everything that has changed since it began',
        "Commit or end the transaction at the source; this statement shows its session, unless it is prepared (pg_prepared_xacts).\nselect pid, usename, application_name, state, xact_start, query from pg_stat_activity where backend_xid = '700'::xid8::xid;",
      ],
      ru: [
        'project_b: слишком долгая транзакция',
        'project_b: долгая транзакция всё ещё открыта',
        'project_b: долгая транзакция завершена',
        'Пока транзакция 700 открыта, каждый запуск заново читает всё, что изменилось с её начала',
        "Завершите транзакцию в источнике. Этот запрос покажет её сеанс; подготовленная транзакция видна в pg_prepared_xacts.\nselect pid, usename, application_name, state, xact_start, query from pg_stat_activity where backend_xid = '700'::xid8::xid;",
      ],
    },
  ],
  'row count': [
    {
      problem: { subject: 'row-count/project_b', kind: 'row count', tables: 'events (+3)' },
      en: [
        'Row counts of project_b do not reconcile',
        'Row counts of project_b still do not reconcile',
        'Row counts of project_b reconcile again',
        'Rows at the source minus rows in the warehouse: events (+3)',
        'tidehouse resync project_b',
      ],
      ru: [
        'project_b: количество строк не совпадает',
        'project_b: количество строк всё ещё не совпадает',
        'project_b: количество строк снова совпадает',
        'Разница в строках, источник минус хранилище: events (+3)',
        'tidehouse resync project_b',
      ],
    },
  ],
  'held deletes': [
    {
      problem: { subject: 'deletes/project_b', kind: 'held deletes', tables: 'events (4000)' },
      en: [
        'Unusually many rows were deleted on project_b',
        'Unusually many deletes on project_b are still waiting to be accepted',
        'No deletes on project_b are waiting to be accepted any more',
        'They stay in the warehouse until somebody accepts that they are deleted: events (4000)',
        'tidehouse accept project_b --deletes',
      ],
      ru: [
        'project_b: удалено слишком много строк сразу',
        'project_b: удаление большого числа строк всё ещё не подтверждено',
        'project_b: удалений, ожидающих подтверждения, больше нет',
        'Строки остаются в хранилище, пока кто-нибудь не подтвердит их удаление: events (4000)',
        'tidehouse accept project_b --deletes',
      ],
    },
  ],
  audit: [
    {
      problem: { subject: 'audit/project_b', kind: 'audit', tables: 'events (3)' },
      en: [
        'An audit of project_b has found differences',
        'project_b has not passed an audit since',
        'The audit of project_b found no differences',
        'Rows that were not as they are at the source, and were read again: events (3)',
        'tidehouse audit --source project_b',
      ],
      ru: [
        'Сверка project_b нашла расхождения',
        'С тех пор ни одна сверка project_b не прошла без расхождений',
        'Сверка project_b: расхождений нет',
        'Строки отличались от источника и прочитаны заново: events (3)',
        'tidehouse audit --source project_b',
      ],
    },
  ],
  quarantine: [
    {
      problem: { subject: 'quarantine/project_b', kind: 'quarantine', tables: 'events (3)' },
      en: [
        'Rows of project_b are refused by the warehouse',
        'Rows of project_b are still in quarantine',
        'No rows of project_b are in quarantine any longer',
        'They wait in quarantine while the others land: events (3)',
        'tidehouse quarantine list --source project_b',
      ],
      ru: [
        'project_b: хранилище не принимает некоторые строки',
        'project_b: строки всё ещё в карантине',
        'project_b: в карантине больше нет строк',
        'Они ждут в карантине, остальные загружаются: events (3)',
        'tidehouse quarantine list --source project_b',
      ],
    },
  ],
  'dropped columns': [
    {
      problem: {
        subject: 'columns/project_b',
        kind: 'dropped columns',
        columns: 'transactions.amount (analytics.transactions_in_usd)',
      },
      en: [
        'project_b has dropped columns that views read',
        'Views still read columns that project_b has dropped',
        'The views of project_b have all their columns again',
        'They are empty in rows written since: transactions.amount (analytics.transactions_in_usd)',
        'Add the columns again at the source, or change the views so that they do without them.',
      ],
      ru: [
        'project_b: удалены столбцы, которые читают представления',
        'project_b: представления всё ещё читают удалённые столбцы',
        'project_b: у представлений снова есть все столбцы',
        'В строках, записанных с тех пор, они пусты: transactions.amount (analytics.transactions_in_usd)',
        'Верните столбцы в источнике или измените представления так, чтобы они обходились без них.',
      ],
    },
  ],
  orphans: [
    {
      problem: { subject: 'orphans/project_b', kind: 'orphans', tables: '', rows: 1200 },
      en: [
        'The config no longer has source project_b',
        'Rows of project_b that are no longer read are still there',
        'It is decided what becomes of the rows of project_b',
        '1,200 rows stay in the warehouse until somebody decides what becomes of them',
        'tidehouse sources',
      ],
      ru: [
        'Источника project_b больше нет в конфигурации',
        'Строки project_b, которые больше не читаются, всё ещё в хранилище',
        'Решено, что делать со строками project_b',
        'Строки остаются в хранилище, пока не решено, что с ними делать: 1\u00a0200',
        'tidehouse sources',
      ],
    },
    {
      problem: { subject: 'orphans/project_b', kind: 'orphans', tables: 'events', rows: 7 },
      en: [
        'Tables of project_b are no longer read',
        'Rows of project_b that are no longer read are still there',
        'It is decided what becomes of the rows of project_b',
        '7 rows (events) stay in the warehouse until somebody decides what becomes of them',
        'tidehouse sources',
      ],
      ru: [
        'project_b: таблицы больше не читаются',
        'Строки project_b, которые больше не читаются, всё ещё в хранилище',
        'Решено, что делать со строками project_b',
        'Строки остаются в хранилище, пока не решено, что с ними делать: 7 (events)',
        'tidehouse sources',
      ],
    },
  ],
  'held back': [
    {
      problem: { subject: 'table/project_b/events', kind: 'held back' },
      en: [
        'Table project_b/events cannot land',
        'Table project_b/events still cannot land',
        'Table project_b/events lands again',
        'Its rows stay as they last landed; the other tables of its source land',
        'tidehouse status',
      ],
      ru: [
        'Таблица project_b/events не загружается',
        'Таблица project_b/events всё ещё не загружается',
        'Таблица project_b/events снова загружается',
        'Её строки остаются прежними; остальные таблицы источника загружаются',
        'tidehouse status',
      ],
    },
  ],
  unreachable: [
    {
      problem: { subject: 'warehouse', kind: 'unreachable' },
      en: [
        'The warehouse is unavailable',
        'The warehouse is still unavailable',
        'The warehouse is available again',
        'Runs cannot use it',
        'tidehouse doctor',
      ],
      ru: [
        'Хранилище недоступно',
        'Хранилище всё ещё недоступно',
        'Хранилище снова доступно',
        'Запуски не могут к нему обратиться',
        'tidehouse doctor',
      ],
    },
  ],
  'task failing': [
    {
      problem: { subject: 'source/project_b', kind: 'task failing' },
      en: [
        'The workflow of project_b cannot continue',
        'The workflow of project_b still cannot continue',
        'project_b has recovered',
        'Its code fails on every attempt',
        'Open the run to see the error, and check which version of the worker was deployed last.',
      ],
      ru: [
        'project_b: запуск не может продолжиться',
        'project_b: запуск всё ещё не может продолжиться',
        'project_b: работа восстановлена',
        'Его код завершается с ошибкой при каждой попытке',
        'Откройте запуск: там видна ошибка. Проверьте, какая версия воркера развёрнута последней.',
      ],
    },
  ],
  retrying: [
    {
      problem: { subject: 'place/minsk', kind: 'retrying', activity: 'observe', attempts: 5 },
      en: [
        'minsk: observe keeps failing',
        'minsk: observe is still failing',
        'Weather for minsk has recovered',
        'It has failed 4 times, and its run is still retrying it',
      ],
      ru: [
        'minsk: операция observe завершается с ошибкой',
        'minsk: операция observe всё ещё завершается с ошибкой',
        'Данные о погоде снова поступают (minsk)',
        'Неудачных попыток: 4, повторы продолжаются',
      ],
    },
  ],
  overdue: [
    {
      problem: { subject: 'source/project_b', kind: 'overdue', usualSeconds: 150 },
      en: [
        'project_b is taking much longer than usual',
        'project_b is still taking much longer than usual',
        'project_b has recovered',
        'Its run usually takes 2 min 30 s',
        'Open the run to see what it is waiting for. Terminate it if it hangs: nothing is lost, and the next run starts again.',
      ],
      ru: [
        'project_b: запуск идёт намного дольше обычного',
        'project_b: запуск всё ещё идёт намного дольше обычного',
        'project_b: работа восстановлена',
        'Обычно он занимает 2 мин 30 с',
        'Откройте запуск и посмотрите, чего он ждёт. Если он завис, остановите его: данные не потеряются, а следующий запуск начнёт заново.',
      ],
    },
    {
      problem: { subject: 'place/minsk', kind: 'overdue', usualSeconds: 0 },
      en: [
        'minsk is taking much longer than usual',
        'minsk is still taking much longer than usual',
        'Weather for minsk has recovered',
        'Its first run is still open',
        'Open the run to see what it is waiting for. Terminate it if it hangs: nothing is lost, and the next run starts again.',
      ],
      ru: [
        'minsk: запуск идёт намного дольше обычного',
        'minsk: запуск всё ещё идёт намного дольше обычного',
        'Данные о погоде снова поступают (minsk)',
        'Первый запуск ещё не завершён',
        'Откройте запуск и посмотрите, чего он ждёт. Если он завис, остановите его: данные не потеряются, а следующий запуск начнёт заново.',
      ],
    },
  ],
  missing: [
    {
      problem: { subject: 'schedule/sync', kind: 'missing' },
      en: [
        'The sync schedule is missing',
        'The sync schedule is still missing',
        'The sync schedule is working again',
        'No runs are started',
        'tidehouse schedules apply',
      ],
      ru: [
        'Нет расписания sync',
        'Расписания sync всё ещё нет',
        'Расписание sync снова работает',
        'Новые запуски не начинаются',
        'tidehouse schedules apply',
      ],
    },
  ],
  paused: [
    {
      problem: { subject: 'schedule/sync', kind: 'paused' },
      en: [
        'The sync schedule is paused',
        'The sync schedule is still paused',
        'The sync schedule is working again',
        'Its note does not show who paused it',
        'tidehouse schedules resume sync',
      ],
      ru: [
        'Расписание sync приостановлено',
        'Расписание sync всё ещё приостановлено',
        'Расписание sync снова работает',
        'В примечании не указано, кто его приостановил',
        'tidehouse schedules resume sync',
      ],
    },
  ],
  idle: [
    {
      problem: { subject: 'schedule/sync', kind: 'idle', last: since },
      en: [
        'The sync schedule has stopped starting runs',
        'The sync schedule is still not starting runs',
        'The sync schedule is working again',
        'No run has started since 2026-11-24 17:41 UTC',
        'tidehouse doctor',
      ],
      ru: [
        'По расписанию sync ничего не запускается',
        'По расписанию sync всё ещё ничего не запускается',
        'Расписание sync снова работает',
        'Последний запуск начался 24.11.2026 17:41 UTC',
        'tidehouse doctor',
      ],
    },
  ],
  'no weather': [
    {
      problem: { subject: 'place/minsk', kind: 'no weather', last: since },
      en: [
        'No new weather for minsk',
        'Still no new weather for minsk',
        'Weather for minsk has recovered',
        'The last observation is from 2026-11-24 17:41 UTC',
        'tidehouse weather --place minsk',
      ],
      ru: [
        'Нет новых данных о погоде (minsk)',
        'Всё ещё нет новых данных о погоде (minsk)',
        'Данные о погоде снова поступают (minsk)',
        'Последнее наблюдение: 24.11.2026 17:41 UTC',
        'tidehouse weather --place minsk',
      ],
    },
  ],
  'disk full': [
    {
      problem: { subject: 'disk/staging', kind: 'disk full', freeBytes: 1.25 * 2 ** 30, freeShare: 0.034 },
      en: [
        'The staging disk is nearly full',
        'The staging disk is still nearly full',
        'The staging disk has enough space again',
        '1.3 GiB free (3.4 %)',
        'Free some space, or name another folder under "staging" in the config.',
      ],
      ru: [
        'Диск с промежуточными файлами почти заполнен',
        'Диск с промежуточными файлами всё ещё почти заполнен',
        'На диске с промежуточными файлами снова достаточно места',
        'Свободно 1,3 ГиБ (3,4 %)',
        'Освободите место или укажите другую папку (staging) в конфигурации.',
      ],
    },
  ],
  'no worker': [
    {
      problem: { subject: 'queue/files', kind: 'no worker' },
      en: [
        'No worker is running for the files queue',
        'Still no worker is running for the files queue',
        'The files queue has a worker again',
        'Its activities are waiting for one',
        'tidehouse worker --queue files',
      ],
      ru: [
        'У очереди files нет воркера',
        'У очереди files всё ещё нет воркера',
        'У очереди files снова есть воркер',
        'Её задачи не выполняются',
        'tidehouse worker --queue files',
      ],
    },
  ],
  'invalid config': [
    {
      problem: { subject: 'config', kind: 'invalid config' },
      en: [
        'The config is invalid',
        'The config is still invalid',
        'The config is valid again',
        'No run can start; this message was sent with the last valid config',
        'Correct the config; the next runs use it without a restart.',
      ],
      ru: [
        'Ошибка в конфигурации',
        'Ошибка в конфигурации всё ещё не исправлена',
        'Конфигурация исправлена',
        'Запуски невозможны; это сообщение отправлено по последней рабочей конфигурации',
        'Исправьте конфигурацию. Перезапускать ничего не нужно.',
      ],
    },
  ],
  test: [
    {
      problem: { subject: 'test/1a2b3c', kind: 'test' },
      en: [
        'This is a test message',
        'This is a test reminder',
        'The test is over',
        '"tidehouse alerts test" sent it to show that messages arrive; there is no problem',
      ],
      ru: [
        'Проверочное сообщение',
        'Проверочное напоминание',
        'Проверка завершена',
        'Его отправила команда tidehouse alerts test, чтобы показать, что сообщения доходят; ничего не случилось',
      ],
    },
  ],
};
export const everyWording = Object.values(wordings).flat();
