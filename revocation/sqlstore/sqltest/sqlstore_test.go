package sqltest_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/taperid/taper/internal/storetest"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/revocation/sqlstore"
)

var ctx = context.Background()

func TestMain(m *testing.M) {
	storetest.Main(m, func(name string) (revocation.Store, error) {
		db, err := openDB(name)
		if err != nil {
			return nil, err
		}
		return sqlstore.New(ctx, db)
	})
}

func openDB(name string) (*sql.DB, error) {
	if strings.HasPrefix(name, "postgres:") {
		return sql.Open("pgx", name)
	}
	return sql.Open("sqlite", name)
}

func sqlite(tb testing.TB) string {
	return "file:" + filepath.Join(tb.TempDir(), "status.db") + "?_pragma=busy_timeout(30000)&_pragma=journal_mode(wal)"
}

func open(tb testing.TB, name string) *sql.DB {
	db, err := openDB(name)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	return db
}

func opener(name string) storetest.Open {
	return func(tb testing.TB) revocation.Store {
		s, err := sqlstore.New(ctx, open(tb, name))
		require.NoError(tb, err)
		return s
	}
}

// eachDatabase runs a test with SQLite, and with PostgreSQL where there is one.
func eachDatabase(t *testing.T, test func(*testing.T, func(testing.TB) string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, sqlite) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, freshPostgres(t)) })
}

// freshPostgres starts a server and returns what makes a database in it.
func freshPostgres(tb testing.TB) func(testing.TB) string {
	server := postgres(tb)
	admin := open(tb, server)
	n := 0
	return func(tb testing.TB) string {
		n++
		_, err := admin.Exec(fmt.Sprintf("CREATE DATABASE taper%d", n))
		require.NoError(tb, err)
		return strings.Replace(server, "/postgres?", fmt.Sprintf("/taper%d?", n), 1)
	}
}

func TestStore(t *testing.T) {
	eachDatabase(t, func(t *testing.T, fresh func(testing.TB) string) {
		t.Run("store", func(t *testing.T) { storetest.Run(t, opener(fresh(t))) })
		t.Run("issuers", func(t *testing.T) { storetest.Issuers(t, 6, 8, opener(fresh(t))) })
		t.Run("migration", func(t *testing.T) { testMigration(t, fresh(t)) })
		t.Run("a database that is away", func(t *testing.T) { testAway(t, fresh(t)) })
		t.Run("key", func(t *testing.T) { testKey(t, fresh(t)) })
		if testing.Short() {
			return
		}
		t.Run("processes", func(t *testing.T) {
			name := fresh(t)
			storetest.Processes(t, name, 6, 20, opener(name))
		})
		t.Run("killed", func(t *testing.T) {
			name := fresh(t)
			storetest.Kill(t, name, 10, opener(name))
		})
	})
}

// testMigration: many may make the tables at once, and those of a later version are
// left alone.
func testMigration(t *testing.T, name string) {
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		db := open(t, name)
		wg.Go(func() { _, errs[i] = sqlstore.New(ctx, db) })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	db := open(t, name)
	_, err := db.Exec("INSERT INTO taper_status_version (version) VALUES (99)")
	require.NoError(t, err)
	_, err = sqlstore.New(ctx, db)
	require.ErrorContains(t, err, "version 99")
}

// testAway: an error of the database is none of the store's own.
func testAway(t *testing.T, name string) {
	db, err := openDB(name)
	require.NoError(t, err)
	s, err := sqlstore.New(ctx, db)
	require.NoError(t, err)
	l := storetest.List(1)
	require.NoError(t, s.Add(ctx, l))
	require.NoError(t, db.Close())
	_, err = s.Lists(ctx)
	require.Error(t, err)
	_, _, err = s.Snapshot(ctx, l.URL)
	require.Error(t, err)
	require.NotErrorIs(t, err, revocation.ErrEntry)
	_, _, err = s.Reserve(ctx, "pool")
	require.Error(t, err)
	require.NotErrorIs(t, err, revocation.ErrFull)
	require.Error(t, s.Add(ctx, l))
	require.Error(t, s.Set(ctx, []revocation.Change{{List: l.URL, Index: 1, Value: 1}}))
	require.Error(t, s.Publish(ctx, l.URL, revocation.Publication{}, revocation.Publication{ValidFrom: time.Unix(1, 0)}))
	require.Error(t, s.Retire(ctx, l.URL))
	_, err = sqlstore.New(ctx, db)
	require.Error(t, err)
}

func testKey(t *testing.T, name string) {
	db := open(t, name)
	s, err := sqlstore.New(ctx, db)
	require.NoError(t, err)
	require.NoError(t, s.Add(ctx, storetest.List(1)))
	_, err = db.Exec("UPDATE taper_status_lists SET perm_key = '00'")
	require.NoError(t, err)
	_, err = s.Lists(ctx)
	require.ErrorContains(t, err, "key")
}

// benchmark measures what a store does in a second.
func benchmark(b *testing.B, name string) {
	s := opener(name)(b)
	url := storetest.List(1).URL
	require.NoError(b, s.Add(ctx, storetest.List(1)))
	many := storetest.List(2)
	many.Pool, many.Room, many.Entries, many.Block = "many", 1<<40, 1<<40, 256
	require.NoError(b, s.Add(ctx, many))
	next := uint64(0)
	flips := func(b *testing.B, each int) {
		for b.Loop() {
			batch := make([]revocation.Change, each)
			for i := range batch {
				batch[i] = revocation.Change{List: url, Index: next % 131072, Value: 1}
				next++
			}
			if err := s.Set(ctx, batch); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*each)/b.Elapsed().Seconds(), "flips/s")
	}
	b.Run("flips/single", func(b *testing.B) { flips(b, 1) })
	b.Run("flips/of-1000", func(b *testing.B) { flips(b, 1000) })
	b.Run("reservations", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.Reserve(ctx, "many"); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reservations/s")
		b.ReportMetric(float64(b.N*256)/b.Elapsed().Seconds(), "entries/s")
	})
}

func BenchmarkSQLite(b *testing.B) { benchmark(b, sqlite(b)) }

func BenchmarkPostgreSQL(b *testing.B) { benchmark(b, freshPostgres(b)(b)) }
