package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/taperid/taper/revocation"
)

// Set implements [revocation.Store].
func (s *Store) Set(ctx context.Context, changes []revocation.Change) error {
	if len(changes) == 0 {
		return nil
	}
	byList := make(map[string][]revocation.Change)
	for _, c := range changes {
		byList[c.List] = append(byList[c.List], c)
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		for _, url := range slices.Sorted(maps.Keys(byList)) { // one order, so no two wait for one another
			if err := setList(ctx, tx, url, byList[url]); err != nil {
				return err
			}
		}
		return nil
	})
}

// setList makes the changes of one list. Its row is locked first, so versions come
// in the order of what they count.
func setList(ctx context.Context, tx *sql.Tx, url string, changes []revocation.Change) error {
	var final int64
	err := tx.QueryRowContext(ctx, "UPDATE taper_status_lists SET version = version + 1 WHERE id = $1 AND retired = 0 RETURNING final",
		idOf(url)).Scan(&final)
	if errors.Is(err, sql.ErrNoRows) {
		if err := live(ctx, tx, url); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	values, err := merge(changes, final != 0)
	if err != nil {
		return err
	}
	const most = 500 // rows a statement
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(values)), most) {
		if err := setRows(ctx, tx, url, chunk, values, final != 0); err != nil {
			return err
		}
	}
	return nil
}

// merge leaves one value an index, the last one.
func merge(changes []revocation.Change, final bool) (map[uint64]uint8, error) {
	values := make(map[uint64]uint8, len(changes))
	for _, c := range changes {
		if final && c.Value < values[c.Index] {
			return nil, errFinal(c.List, c.Index)
		}
		values[c.Index] = c.Value
	}
	return values, nil
}

func errFinal(url string, index uint64) error {
	return fmt.Errorf("%w: index %d of %s: allocate a new entry", revocation.ErrFinal, index, url)
}

// setRows sets a number of entries in one statement. In a list that is final a row
// only rises; whether one was to fall shows when fewer than all changed.
func setRows(ctx context.Context, tx *sql.Tx, url string, indices []uint64, values map[uint64]uint8, final bool) error {
	var rows strings.Builder
	args := []any{idOf(url)}
	for i, index := range indices {
		if i > 0 {
			rows.WriteByte(',')
		}
		fmt.Fprintf(&rows, "($1, $%d, $%d)", 2*i+2, 2*i+3)
		args = append(args, index, values[index])
	}
	changed := "<>"
	if final {
		changed = "<"
	}
	r, err := tx.ExecContext(ctx, "INSERT INTO taper_status_entries (list, idx, value) VALUES "+rows.String()+
		" ON CONFLICT (list, idx) DO UPDATE SET value = excluded.value WHERE taper_status_entries.value "+changed+" excluded.value", args...)
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err != nil || n == int64(len(indices)) || !final {
		return err
	}
	return noneFalls(ctx, tx, url, indices, values)
}

// noneFalls refuses where a value that is there is higher than the one wanted.
func noneFalls(ctx context.Context, tx *sql.Tx, url string, indices []uint64, values map[uint64]uint8) error {
	var in strings.Builder
	args := []any{idOf(url)}
	for i, index := range indices {
		if i > 0 {
			in.WriteByte(',')
		}
		fmt.Fprintf(&in, "$%d", i+2)
		args = append(args, index)
	}
	rows, err := tx.QueryContext(ctx, "SELECT idx, value FROM taper_status_entries WHERE list = $1 AND idx IN ("+in.String()+")", args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err says it
	for rows.Next() {
		var index uint64
		var value uint8
		if err := rows.Scan(&index, &value); err != nil {
			return err
		}
		if value > values[index] {
			return errFinal(url, index)
		}
	}
	return rows.Err()
}
