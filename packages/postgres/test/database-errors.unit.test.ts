/** The one list of what is the database's trouble, and what is a fault of ours. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  briefly,
  CommitUnknownError,
  inWords,
  isTransient,
  NoConnectionError,
  spoilsConnection,
  sqlStateOf,
  troubleOf,
  withoutValue,
} from '../src/database-errors.ts';

const coded = (code: string, message = 'whatever it says') => Object.assign(new Error(message), { code });
/** As Prisma hands on what the driver threw. */
const prisma = (code: string, originalCode?: string) =>
  Object.assign(coded(code), {
    meta: { driverAdapterError: { cause: originalCode === undefined ? {} : { originalCode } } },
  });

const WITHHELD = 'a value does not fit (22P02); the words about it are withheld: they quote it';

describe('an error', () => {
  it('of a database that is away, busy or refuses us may be mended by time', () => {
    const codes =
      `08006 28000 28P01 3D000 40001 40P01 53100 53300 55P03 57014 57P01 57P03 58030 25006 25P03 26000 0A000 42501
      ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENOTFOUND EAI_AGAIN`.split(/\s+/);
    for (const code of codes) assert.equal(isTransient(coded(code)), true, code);
    assert.equal(isTransient(new CommitUnknownError('x')), true);
    for (const words of [
      'Connection terminated unexpectedly',
      'Connection terminated due to connection timeout',
      'Query read timeout',
      'timeout exceeded when trying to connect',
      'Client has encountered a connection error and is not queryable',
      'Client was closed and is not queryable',
    ])
      assert.equal(isTransient(new Error(words)), true, words);
  });

  it('of making a connection too, whatever it is', () => {
    assert.equal(
      isTransient(new NoConnectionError('x', { cause: new Error('SASL: the password must be a string') })),
      true,
    );
    assert.equal(
      isTransient(new NoConnectionError('x', { cause: coded('DEPTH_ZERO_SELF_SIGNED_CERT') })),
      true,
    );
  });

  it('that Prisma hands on is known by what the driver said', () => {
    for (const error of [
      prisma('P2039', '57P01'),
      prisma('P2039', '25006'),
      prisma('P2034', '40001'),
      prisma('P1001'),
      prisma('P1017'),
    ])
      assert.equal(isTransient(error), true, error.code);
    for (const error of [
      prisma('P2007', '22P02'),
      prisma('P2021', '42P01'),
      prisma('P2039', '22021'),
      prisma('P2025'),
    ])
      assert.equal(isTransient(error), false, error.code);
  });

  it('of the data, and every fault of ours, is not mended by time', () => {
    for (const code of [
      '22P02',
      '22021',
      '22008',
      '23505',
      '23514',
      '42P01',
      '42703',
      'ERR_INVALID_ARG_TYPE',
      'ENOENT',
    ])
      assert.equal(isTransient(coded(code)), false, code);
    for (const error of [
      new Error('a bug'),
      new TypeError('a bug'),
      'a bug',
      undefined,
      null,
      { message: 'Query read timeout' },
    ])
      assert.equal(isTransient(error), false, String(error));
    // A refusal on the way (a 404 inside the transaction) is an answer, not an accident.
    assert.equal(isTransient(Object.assign(new Error('no such booking'), { name: 'Problem' })), false);
  });

  it('says whether its connection is of any more use', () => {
    for (const error of [
      coded('25006'),
      coded('57P01'),
      coded('08006'),
      coded('ECONNRESET'),
      new Error('Query read timeout'),
    ])
      assert.equal(spoilsConnection(error), true, error.message);
    for (const error of [
      coded('40001'),
      coded('55P03'),
      coded('57014'),
      coded('23505'),
      coded('53100'),
      new Error('a bug'),
    ])
      assert.equal(spoilsConnection(error), false, error.message);
  });

  it('is told as what it is, with what to do; to callers without names', () => {
    const refused = new NoConnectionError('x', {
      cause: coded('28P01', 'password authentication failed for user "booking"'),
    });
    assert.match(
      inWords(refused),
      /^password authentication failed for user "booking" \(28P01\): the password is wrong/,
    );
    assert.match(inWords(coded('3D000', 'database "booking" does not exist')), /3D000.*make it/);
    assert.equal(briefly(refused), 'The database refuses this service.');
    assert.equal(briefly(coded('3D000')), "This service's database does not exist.");
    assert.equal(briefly(prisma('P2039', '25006')), 'The database is read-only for the moment.');
    assert.equal(briefly(coded('ECONNREFUSED')), 'The database is away for the moment.');
  });

  it('of PostgreSQL has a code; a socket, a fault of ours and what is no error have none', () => {
    assert.equal(sqlStateOf(coded('22P02')), '22P02');
    assert.equal(sqlStateOf(prisma('P2007', '22P02')), '22P02');
    for (const error of [coded('ECONNRESET'), new Error('a bug'), 'a bug', undefined])
      assert.equal(sqlStateOf(error), undefined, String(error));
  });

  it('whose words quote a value is told without them', () => {
    const misfit = coded('22P02', 'invalid input syntax for type uuid: "Ada"');
    assert.equal(withoutValue(misfit), WITHHELD);
    assert.equal(withoutValue(prisma('P2007', '22P02')), WITHHELD);
    const refused = coded('23505', 'duplicate key value violates unique constraint "bookings_pkey"');
    for (const error of [refused, new TypeError('x is not a function')])
      assert.equal(withoutValue(error), error.message);
    assert.equal(withoutValue('just so'), 'just so');
  });

  it('that may be planned is logged in words; a fault of ours with its stack too', () => {
    const ended = coded('57P01', 'terminating connection due to administrator command');
    assert.deepEqual(troubleOf(ended), {
      trouble: 'terminating connection due to administrator command (57P01)',
    });
    const misfit = coded('22P02', 'invalid input syntax for type uuid: "Ada"');
    assert.deepEqual(troubleOf(misfit), { trouble: WITHHELD, err: misfit });
    const fault = new TypeError('x is not a function');
    assert.deepEqual(troubleOf(fault), { trouble: 'x is not a function', err: fault });
  });
});
