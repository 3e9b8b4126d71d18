package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/personas"
)

// The format is for good: these entries, their payloads and their leaf hashes
// are what other implementations read.
func TestFormatIsFixed(t *testing.T) {
	alice, bob, carol, dave := personas.New("alice"), personas.New("bob"), personas.New("carol"), personas.New("dave")
	decision := deny(t, "db/write", alice, carol)
	decision.ID, decision.Agent, decision.Role, decision.Seq, decision.Time = "urn:x:1", bob.DID(), audit.RoleVerifier, 1, start
	decision.Prev, decision.Decision.Count = audit.LeafHash(nil), 3
	decision.Decision.Policy, decision.Decision.Approval = digest("policy"), []string{digest("approval")}
	decision.Decision.Status = []audit.StatusList{{Digest: digest("list"), AsOf: start}}
	begin := open(alice, carol, dave)
	begin.ID, begin.Agent, begin.Role, begin.Time = "urn:x:0", dave.DID(), audit.RoleAgent, start
	begin.Parent = &audit.Parent{Agent: carol.DID(), Entry: audit.LeafHash(nil)}
	end := audit.Entry{
		Type: audit.TaskClose, ID: "urn:x:2", Agent: carol.DID(), Role: audit.RoleAgent, Seq: 2, Prev: audit.LeafHash(nil),
		Time: start, Task: task, Outcome: audit.OutcomeOK, Children: []audit.Child{{Agent: dave.DID(), Last: audit.LeafHash(nil)}},
	}
	for name, c := range map[string]struct {
		entry         audit.Entry
		payload, hash string
	}{
		"intent":   {full(t, carol), `{"action":"mcp/tools/call/query","agent":"did:key:z6MkhtvHSD66pexcuUbBHc6xxeoytttZdmVC551nqVDf3eGD","anchor":{"checkpoint":"uEiBHMgmH-aSdWwARm5YPJHqVZ3P1dUOYK4v8ttpbs6_Z7w","origin":"audit.example/agents","root":"uEiBuNAuc_7N6mJylROa7eAoseJAdP7M3OHaFEaMGF6-gHQ","size":0},"args":"uEiDZgd7KYjjcxibhLnA0y1vZQXCdCRSl9vF2ixrTW6qp1w","id":"urn:x:\"quoted\\","input":"uEiAeSqjF6lWIKGEmbRBt39_OCSGGyzXjbaeWFLTLTIMfRQ","invocation":"uEiBbiV5npEfEglo_ro3C-tLz5VwifN7ZzddXF6mYtthDdw","model":{"digest":"uEiAFs6vyV5petmQDzXi-VX_YYGM6H-IQPHZCAw3v4yxlfw","name":"m","provider":"Größe & Co <ltd>","version":"1"},"prev":"uEiAvTLaRb6QgBWYNNjtdoSP2r9puZPApdGLB5hNSIV1ayQ","resource":{"digest":"uEiDb5nBRVeWShIjd3Wo0mjfNwVOa8qhTclm76uFiEadG8w"},"role":"agent","runtime":"uEiCBOomilpc-NVRc-nT-Pv0XKn0ZRDyXxiXWmelzcimwog","seq":7,"task":"urn:uuid:11111111-1111-4111-8111-111111111111","time":"2026-11-23T07:00:00Z","tool":{"digest":"uEiB8m75eybP7d06PoPVCR-k8NN345dFv4wc0IN4K6BomLQ","name":"query","version":"2"},"trace":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","type":"action.intent","v":1,"why":{"code":"plan","digest":"uEiBNnM9JAMmJVvABovM0mJIKXTs1idTku8rf2lo0hfWwZg"}}`, `uEiDg__X8rHZ86uQFPUU0RfduK15xnqJ6iQ6m7sJhfUazEw`},
		"decision": {decision, `{"action":"db/write","agent":"did:key:z6MkwXqWz7XQYtC13DHtyBZxhkwRnY5nYmoixfntfM7ZpchL","args":"uEiDZgd7KYjjcxibhLnA0y1vZQXCdCRSl9vF2ixrTW6qp1w","chain":{"digest":"uEiA4WuPYb02vivEhrYE-VxL8DJ6A2ttrgnjx4H0qIvLrLg","links":[{"digest":"uEiA4WuPYb02vivEhrYE-VxL8DJ6A2ttrgnjx4H0qIvLrLg","id":"urn:link:4WuPYb02","issuer":"did:key:z6MkiF8QoDwJrww7oATLSc9rjZqFodxsgALYQ9ZuVyQUs7xF","subject":"did:key:z6MkhtvHSD66pexcuUbBHc6xxeoytttZdmVC551nqVDf3eGD"}]},"decision":{"approval":["uEiCd62W4eI9B_5SiF4QgF9svhDlU_A60YRCDWQOQjlomXw"],"count":3,"dimension":"actions","effect":"deny","link":0,"mode":"normal","policy":"uEiCCNBLR6stnlWIg5TKVnwEEYDBXyIcEhjyjjnzRiP2oEg","rule":15,"status":[{"asOf":"2026-11-23T07:00:00Z","digest":"uEiCjMDlcwKU60SB3NlRq__RzWUCTdWS791zh7a1AeA2ROQ"}]},"id":"urn:x:1","invocation":"uEiAJv7de83vBwycGK2LeWmsP5HPHVxc1hCMd3akxHBlBkA","prev":"uEiBuNAuc_7N6mJylROa7eAoseJAdP7M3OHaFEaMGF6-gHQ","resource":{"digest":"uEiCb5MnYUHlRmewUq5OwqRyAaxmVwqbWS5FC5-Yvt4xS0Q"},"role":"verifier","seq":1,"task":"urn:uuid:11111111-1111-4111-8111-111111111111","time":"2026-11-23T07:00:00Z","type":"decision","v":1}`, `uEiBP5YwrGE1ai5zTCe7EMy_bbK2LYg-_r8IqoKdF2gg8xQ`},
		"open":     {begin, `{"agent":"did:key:z6MkoURLX5m7cHT2zt3MU7E62eqYs6DbgyLZU3XLVr9qmNKF","cap":"uEiDmBsULB7SYRnQn2kN3I8vpTDZkgFOgUtYk3pVMUDfxiw","chain":{"digest":"uEiDmBsULB7SYRnQn2kN3I8vpTDZkgFOgUtYk3pVMUDfxiw","links":[{"digest":"uEiA4WuPYb02vivEhrYE-VxL8DJ6A2ttrgnjx4H0qIvLrLg","id":"urn:link:4WuPYb02","issuer":"did:key:z6MkiF8QoDwJrww7oATLSc9rjZqFodxsgALYQ9ZuVyQUs7xF","subject":"did:key:z6MkhtvHSD66pexcuUbBHc6xxeoytttZdmVC551nqVDf3eGD"},{"digest":"uEiDmBsULB7SYRnQn2kN3I8vpTDZkgFOgUtYk3pVMUDfxiw","id":"urn:link:mBsULB7S","issuer":"did:key:z6MkhtvHSD66pexcuUbBHc6xxeoytttZdmVC551nqVDf3eGD","subject":"did:key:z6MkoURLX5m7cHT2zt3MU7E62eqYs6DbgyLZU3XLVr9qmNKF"}]},"id":"urn:x:0","parent":{"agent":"did:key:z6MkhtvHSD66pexcuUbBHc6xxeoytttZdmVC551nqVDf3eGD","entry":"uEiBuNAuc_7N6mJylROa7eAoseJAdP7M3OHaFEaMGF6-gHQ"},"role":"agent","seq":0,"task":"urn:uuid:11111111-1111-4111-8111-111111111111","time":"2026-11-23T07:00:00Z","type":"task.open","v":1}`, `uEiCubiibEHka1OsKapB-Zh5OC0HHQX7po56_KqQUAIe5CA`},
		"close":    {end, `{"agent":"did:key:z6MkhtvHSD66pexcuUbBHc6xxeoytttZdmVC551nqVDf3eGD","children":[{"agent":"did:key:z6MkoURLX5m7cHT2zt3MU7E62eqYs6DbgyLZU3XLVr9qmNKF","last":"uEiBuNAuc_7N6mJylROa7eAoseJAdP7M3OHaFEaMGF6-gHQ"}],"id":"urn:x:2","outcome":"ok","prev":"uEiBuNAuc_7N6mJylROa7eAoseJAdP7M3OHaFEaMGF6-gHQ","role":"agent","seq":2,"task":"urn:uuid:11111111-1111-4111-8111-111111111111","time":"2026-11-23T07:00:00Z","type":"task.close","v":1}`, `uEiCR_pfxebwj-zJFpp9N-36ep700TY9Lio09Xa5-p2RySQ`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, who := range []string{"bob", "carol", "dave"} {
				if p := personas.New(who); p.DID() == c.entry.Agent {
					s, err := audit.Sign(p, c.entry)
					require.NoError(t, err)
					require.Equal(t, c.payload, string(payload(t, s.Bytes())))
					require.Equal(t, c.hash, s.Hash().String())
				}
			}
		})
	}
}
