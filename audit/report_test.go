package audit_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/internal/strictjson"
)

func TestReportJSON(t *testing.T) {
	story := tell(t)
	leaves := append([][]byte{[]byte("\xff<script>")}, story.leaves...)
	report := runAudit(t, newRawLog(t, leaves...), story.anchor)
	data, err := json.Marshal(report)
	require.NoError(t, err)
	require.NoError(t, strictjson.Check(data, 1<<20))
	require.NotContains(t, string(data), "<script>")

	type action struct {
		Agent, Action, State     string
		Intent, Decision, Result *uint64
	}
	type node struct {
		Agent, Cap     string
		Opened, Closed uint64
		DelegatedBy    *uint64
		Actions        []action
		Children       []node
	}
	var got struct {
		Log, Anchor *struct {
			Origin, Root, Checkpoint string
			Size                     uint64
		}
		Findings []struct {
			Kind, Agent, Detail string
			Seq                 *uint64
			Leaves              []struct {
				Index uint64
				Leaf  []byte
			}
			Checkpoints []string
		}
		Tasks []struct {
			ID       string
			Tree     []node
			Timeline []struct {
				Index uint64
				Hash  audit.Hash
				Entry map[string]json.RawMessage
			}
		}
		Refusals []action
	}
	require.NoError(t, json.Unmarshal(data, &got))
	require.EqualValues(t, len(leaves), got.Log.Size)
	require.Equal(t, story.anchor.Root().String(), got.Anchor.Root)
	require.Equal(t, "forged", got.Findings[0].Kind)
	require.Nil(t, got.Findings[0].Seq)
	require.Equal(t, leaves[0], got.Findings[0].Leaves[0].Leaf)
	require.Equal(t, string(story.anchor.Bytes()), got.Findings[0].Checkpoints[1])
	require.Equal(t, task, got.Tasks[0].ID)
	require.Equal(t, "db/read", got.Tasks[0].Tree[0].Actions[0].Action)
	require.Equal(t, personas.New("dave").DID().String(), got.Tasks[0].Tree[0].Children[0].Agent)
	require.Equal(t, "deny (rule 15, link 0, actions, normal), denied", got.Refusals[0].State)
	require.EqualValues(t, 8, *got.Refusals[0].Intent)
	first := got.Tasks[0].Timeline[0]
	require.Equal(t, audit.LeafHash(leaves[first.Index]), first.Hash)
	require.JSONEq(t, string(payload(t, leaves[first.Index])), reassemble(t, first.Entry))

	empty, err := json.Marshal(runAudit(t, newLog(t), nil))
	require.NoError(t, err)
	require.Contains(t, string(empty), `"anchor":null,"verifiers":[],"findings":[],"tasks":[],"refusals":[]`)
}

func reassemble(tb testing.TB, members map[string]json.RawMessage) string {
	tb.Helper()
	data, err := json.Marshal(members)
	require.NoError(tb, err)
	return string(data)
}

// What has no entry in it answers, and does not panic.
func TestZeroReport(t *testing.T) {
	var r audit.Report
	require.Contains(t, r.String(), "0 entries")
	require.Empty(t, r.Tree(task))
	require.Empty(t, r.Entries())
	_, err := json.Marshal(audit.Item{})
	require.ErrorIs(t, err, audit.ErrEntry)
	require.Empty(t, (audit.Action{}).Reason())
}

// A leaf of 64 KiB, the longest that a bundle can hold, is one finding.
func TestReportOfALongLeaf(t *testing.T) {
	long := []byte(base64.StdEncoding.EncodeToString(make([]byte, 49149)))
	require.Less(t, len(long), 1<<16)
	report := runAudit(t, newRawLog(t, long), nil)
	require.Equal(t, []audit.Kind{audit.Forged}, kinds(report))
	require.Less(t, len(report.String()), 1000)
}
