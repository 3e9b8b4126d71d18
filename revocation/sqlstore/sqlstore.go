// Package sqlstore keeps the state of revocation Issuers in a SQL database, for as
// many processes on as many machines as there are.
//
// The same statements serve PostgreSQL and SQLite; the driver is the caller's
// choice, who opens the database and closes it. Every entry that was ever set is a
// row of its own, and never a bit of a blob that two could overwrite. New makes the
// tables, whose names begin with taper_status_.
//
// PostgreSQL is used at its default isolation or above. SQLite needs a busy timeout
// where several processes write, and does well with write-ahead logging:
//
//	file:status.db?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)
//
// for modernc.org/sqlite. The tables have the keys from which the holders of
// indices can be told.
package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/taperid/taper/revocation"
)

// Store is a [revocation.Store] in a database. It is safe for concurrent use.
type Store struct{ db *sql.DB }

// New returns the store in db. It makes or migrates the tables if they are not as
// this version wants them; tables of a later version are an error.
func New(ctx context.Context, db *sql.DB) (*Store, error) {
	if err := migrate(ctx, db); err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	return &Store{db}, nil
}

const columns = "url, pool, number, purpose, format, size, entries, room, block, final, perm_key, ends, " +
	"next_number, version, pub_version, pub_from, retired"

// idOf is the key of a list's rows, which its URL would make long.
func idOf(url string) int64 {
	sum := sha256.Sum256([]byte(url))
	return int64(binary.BigEndian.Uint64(sum[:]) >> 1)
}

// Lists implements [revocation.Store].
func (s *Store) Lists(ctx context.Context) ([]revocation.StoredList, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT "+columns+" FROM taper_status_lists ORDER BY url")
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err says it
	var out []revocation.StoredList
	for rows.Next() {
		l, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	return out, nil
}

// scan reads the columns of a list, and more after them.
func scan(row interface{ Scan(...any) error }, more ...any) (l revocation.StoredList, err error) {
	var key string
	var final, retired, ends, published int64
	err = row.Scan(append([]any{
		&l.URL, &l.Pool, &l.Number, &l.Purpose, &l.Format, &l.Size, &l.Entries, &l.Room, &l.Block, &final, &key, &ends,
		&l.Next, &l.Version, &l.Published.Version, &published, &retired,
	}, more...)...)
	if err != nil {
		return l, fmt.Errorf("sqlstore: %w", err)
	}
	if n, err := hex.Decode(l.Key[:], []byte(key)); err != nil || n != len(l.Key) || len(key) != 2*n {
		return l, fmt.Errorf("sqlstore: %s has a key of %d characters", l.URL, len(key))
	}
	l.Final, l.Retired = final != 0, retired != 0
	l.Until, l.Published.ValidFrom = moment(ends), moment(published)
	return l, nil
}

// Add implements [revocation.Store].
func (s *Store) Add(ctx context.Context, l revocation.StoredList) error {
	const insert = `INSERT INTO taper_status_lists (id, ` + columns + `, signed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
		ON CONFLICT DO NOTHING`
	var added int64
	err := retry(ctx, func() error {
		r, err := s.db.ExecContext(
			ctx, insert, idOf(l.URL),
			l.URL, l.Pool, l.Number, l.Purpose, string(l.Format), l.Size, l.Entries, l.Room, l.Block, bit(l.Final),
			hex.EncodeToString(l.Key[:]), seconds(l.Until), l.Next, l.Version, l.Published.Version,
			seconds(l.Published.ValidFrom), bit(l.Retired), string(l.Published.Signed),
		)
		if err == nil {
			added, err = r.RowsAffected()
		}
		return err
	})
	if err == nil && added == 0 {
		err = fmt.Errorf("%w: there is a list %s, or a number %d of its pool", revocation.ErrConflict, l.URL, l.Number)
	}
	return err
}

// Reserve implements [revocation.Store]. Who waits for another's row sees what is
// left of it.
func (s *Store) Reserve(ctx context.Context, pool string) (l revocation.StoredList, first uint64, err error) {
	const update = `UPDATE taper_status_lists
		SET next_number = CASE WHEN next_number + block > room THEN room ELSE next_number + block END
		WHERE id = (SELECT id FROM taper_status_lists
			WHERE pool = $1 AND retired = 0 AND next_number < room ORDER BY number LIMIT 1)
		AND retired = 0 AND next_number < room
		RETURNING ` + columns
	err = retry(ctx, func() error {
		l, err = scan(s.db.QueryRowContext(ctx, update, pool))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return revocation.StoredList{}, 0, fmt.Errorf("%w: no list of the pool has room", revocation.ErrFull)
	}
	if err != nil {
		return revocation.StoredList{}, 0, err
	}
	return l, (l.Next - 1) / l.Block * l.Block, nil
}

// Snapshot implements [revocation.Store]. The entries are read after the version,
// so they have all that it counts.
func (s *Store) Snapshot(ctx context.Context, url string) (revocation.StoredList, []revocation.StoredEntry, error) {
	var signed string
	row := s.db.QueryRowContext(ctx, "SELECT "+columns+", signed FROM taper_status_lists WHERE id = $1", idOf(url))
	l, err := scan(row, &signed)
	if errors.Is(err, sql.ErrNoRows) {
		return l, nil, fmt.Errorf("%w: no list %.120q", revocation.ErrEntry, url)
	}
	if err != nil {
		return l, nil, err
	}
	if signed != "" {
		l.Published.Signed = []byte(signed)
	}
	rows, err := s.db.QueryContext(ctx, "SELECT idx, value FROM taper_status_entries WHERE list = $1 AND value <> 0", idOf(url))
	if err != nil {
		return l, nil, fmt.Errorf("sqlstore: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err says it
	var entries []revocation.StoredEntry
	for rows.Next() {
		var e revocation.StoredEntry
		if err := rows.Scan(&e.Index, &e.Value); err != nil {
			return l, nil, fmt.Errorf("sqlstore: %w", err)
		}
		entries = append(entries, e)
	}
	if err := rows.Err(); err != nil {
		return l, nil, fmt.Errorf("sqlstore: %w", err)
	}
	return l, entries, nil
}

// Publish implements [revocation.Store].
func (s *Store) Publish(ctx context.Context, url string, old, next revocation.Publication) error {
	const update = `UPDATE taper_status_lists SET pub_version = $1, pub_from = $2, signed = $3
		WHERE id = $4 AND retired = 0 AND pub_version = $5 AND pub_from = $6`
	return retry(ctx, func() error {
		r, err := s.db.ExecContext(ctx, update, next.Version, seconds(next.ValidFrom), string(next.Signed),
			idOf(url), old.Version, seconds(old.ValidFrom))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); n != 0 || err != nil {
			return err
		}
		if err := live(ctx, s.db, url); err != nil {
			return err
		}
		return fmt.Errorf("%w: somebody else published %s", revocation.ErrConflict, url)
	})
}

// Retire implements [revocation.Store].
func (s *Store) Retire(ctx context.Context, url string) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "UPDATE taper_status_lists SET retired = 1, signed = '' WHERE id = $1", idOf(url))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); n == 0 || err != nil {
			return errors.Join(err, fmt.Errorf("%w: no list %.120q", revocation.ErrEntry, url))
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM taper_status_entries WHERE list = $1", idOf(url))
		return err
	})
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// live refuses a list that is not there or retired.
func live(ctx context.Context, q querier, url string) error {
	var retired int64
	err := q.QueryRowContext(ctx, "SELECT retired FROM taper_status_lists WHERE id = $1", idOf(url)).Scan(&retired)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w: no list %.120q", revocation.ErrEntry, url)
	case err == nil && retired != 0:
		return fmt.Errorf("%w: %s", revocation.ErrRetired, url)
	}
	return err
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// seconds writes a time; the zero time is 0.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func moment(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// transact runs f in a transaction whose first statement writes, so that two of
// them wait for one another and never meet.
func (s *Store) transact(ctx context.Context, f func(tx *sql.Tx) error) error {
	return retry(ctx, func() error {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := f(tx); err != nil {
			_ = tx.Rollback()
			return err
		}
		if err := tx.Commit(); err != nil {
			return doubt{err}
		}
		return nil
	})
}

// doubt is an error after which nobody knows whether it was done.
type doubt struct{ error }

// retry repeats what a database refused because of what others did meanwhile.
func retry(ctx context.Context, f func() error) (err error) {
	const tries = 10
	for range tries {
		if err = f(); err == nil || ctx.Err() != nil || !passes(err) {
			break
		}
	}
	if err != nil && !strings.HasPrefix(err.Error(), "revocation:") && !strings.HasPrefix(err.Error(), "sqlstore:") {
		return fmt.Errorf("sqlstore: %w", err)
	}
	return err
}

// passes reports whether an error is about others: a serialization failure or a
// deadlock (SQLSTATE 40001, 40P01), or a lock that SQLite did not get.
func passes(err error) bool {
	var unknown doubt
	if errors.As(err, &unknown) {
		return false
	}
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		return state.SQLState() == "40001" || state.SQLState() == "40P01"
	}
	return strings.Contains(err.Error(), "database is locked")
}
