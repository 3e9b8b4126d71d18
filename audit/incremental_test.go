package audit_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/personas"
)

// counting is a reader that counts the bundles that are read of it.
type counting struct {
	audit.Reader
	bundles int
	err     error
}

func (c *counting) ReadEntryBundle(ctx context.Context, index uint64, p uint8) ([]byte, error) {
	c.bundles++
	if c.err != nil {
		return nil, c.err
	}
	return c.Reader.ReadEntryBundle(ctx, index, p)
}

// fresh is the report of an auditor who has seen nothing.
func fresh(tb testing.TB, a *audit.Auditor, r audit.Reader) *audit.Report {
	tb.Helper()
	report, err := (&audit.Auditor{Policy: a.Policy, Since: a.Since}).Audit(ctx, r)
	require.NoError(tb, err)
	return report
}

// An auditor that goes on says what one who reads everything says, and reads what is
// new alone.
func TestAuditGoesOn(t *testing.T) {
	alice, carol := personas.New("alice"), personas.New("carol")
	log := newLog(t)
	r := newRecorder(t, carol, log, "", clock())
	record(t, r, open(alice, carol))
	auditor, reader := &audit.Auditor{Policy: policy(t)}, &counting{Reader: log}
	var reports []*audit.Report
	sizes := []int{1, 2, 255, 256, 257, 511, 600, 600, 1024, 1030}
	for _, size := range sizes {
		for int(r.Last().Entry().Seq)+1 < size {
			e := intent(t, "db/read")
			e.Invocation = ""
			record(t, r, e)
		}
		publish(t, log)
		reader.bundles = 0
		report, err := auditor.Audit(ctx, reader)
		require.NoError(t, err)
		require.Equal(t, fresh(t, auditor, log).String(), report.String())
		require.LessOrEqual(t, reader.bundles, 3)
		reports = append(reports, report)
	}
	require.Equal(t, 1, reader.bundles, "of five")
	for i, size := range sizes {
		require.Len(t, reports[i].Entries(), size, "an older report stays what it was")
	}
}

// What was found by reading is found again, though it is not read again.
func TestAuditRemembersForgedLeaves(t *testing.T) {
	story := tell(t)
	leaves := append([][]byte{[]byte("noise")}, story.leaves...)
	auditor := &audit.Auditor{Policy: policy(t)}
	for _, n := range []int{3, 3, 8, 14} {
		report, err := auditor.Audit(ctx, newRawLog(t, leaves[:n]...))
		require.NoError(t, err)
		require.Equal(t, audit.Forged, report.Findings[0].Kind)
		require.NotContains(t, kinds(report), audit.Inconsistent)
		require.Equal(t, fresh(t, auditor, newRawLog(t, leaves[:n]...)).String(), report.String())
	}
}

// A log that does not go on from what an auditor saw is found, and found again, until
// it does.
func TestAuditFailsClosed(t *testing.T) {
	story := tell(t)
	good := newRawLog(t, story.leaves[:11]...)
	for name, bad := range map[string]rawLog{
		"shorter":                   newRawLog(t, story.leaves[:10]...),
		"empty":                     newRawLog(t),
		"another of this size":      newRawLog(t, swap(story.leaves[:11], 3, 4)...),
		"another that is longer":    newRawLog(t, swap(story.leaves, 3, 4)...),
		"another that begins later": newRawLog(t, story.leaves[1:]...),
	} {
		t.Run(name, func(t *testing.T) {
			auditor := &audit.Auditor{Policy: policy(t)}
			report, err := auditor.Audit(ctx, good)
			require.NoError(t, err)
			require.NotContains(t, kinds(report), audit.Inconsistent)
			for range 2 {
				report, err := auditor.Audit(ctx, bad)
				require.NoError(t, err)
				i := slices.IndexFunc(report.Findings, func(f audit.Finding) bool { return f.Kind == audit.Inconsistent })
				require.GreaterOrEqual(t, i, 0)
				require.Equal(t, [][]byte{bad["checkpoint"], good["checkpoint"]}, report.Findings[i].Checkpoints)
			}
			report, err = auditor.Audit(ctx, newRawLog(t, story.leaves...))
			require.NoError(t, err)
			require.Empty(t, report.Findings)
		})
	}
}

// A leaf that was read before and is served otherwise under a good checkpoint is found.
func TestAuditComparesLeavesReadBefore(t *testing.T) {
	story := tell(t)
	auditor := &audit.Auditor{Policy: policy(t)}
	_, err := auditor.Audit(ctx, newRawLog(t, story.leaves[:5]...))
	require.NoError(t, err)
	log := newRawLog(t, story.leaves...)
	log["tile/entries/000.p/13"] = bundle(swap(story.leaves, 1, 2))
	report, err := auditor.Audit(ctx, log)
	require.NoError(t, err)
	require.Equal(t, audit.Inconsistent, report.Findings[0].Kind)
	require.EqualValues(t, 1, report.Findings[0].Leaves[0].Index)
}

// A reader that fails half-way costs a whole reading, and no answer.
func TestAuditAfterAFailure(t *testing.T) {
	story := tell(t)
	auditor := &audit.Auditor{Policy: policy(t)}
	_, err := auditor.Audit(ctx, newRawLog(t, story.leaves[:5]...))
	require.NoError(t, err)
	reader := &counting{Reader: story.log, err: errors.New("down")}
	_, err = auditor.Audit(ctx, reader)
	require.ErrorIs(t, err, reader.err)
	reader.err = nil
	report, err := auditor.Audit(ctx, reader)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.Len(t, report.Entries(), len(story.leaves))

	auditor.Policy = policy(t).WithVerifiers(personas.New("mallory").DID())
	report, err = auditor.Audit(ctx, reader)
	require.NoError(t, err)
	require.Contains(t, kinds(report), audit.Stranger, "another policy is another judgement")
}
