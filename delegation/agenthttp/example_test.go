package agenthttp_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/agenthttp"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
)

// A server lets agents of alice read what their chains say, and an agent reads.
func Example() {
	alice, agent, service := personas.New("alice"), personas.New("agent"), personas.New("service")
	server := httptest.NewUnstartedServer(nil)
	origin := "https://" + server.Listener.Addr().String()

	// The principal, for ten minutes.
	authority, err := delegation.NewAuthority(delegation.Terms{
		Grants:   []delegation.Grant{{Actions: []string{"http/get"}, Resources: []string{origin + "/sales/**"}}},
		Audience: []string{origin},
	})
	check(err)
	chain, err := delegation.Root(alice, agent.DID(), authority, delegation.Issue{
		Task: delegation.Task{ID: "urn:example:report"}, ValidFrom: time.Now(), ValidUntil: time.Now().Add(10 * time.Minute),
	})
	check(err)

	// The server.
	verifier, err := delegation.NewVerifier(delegation.Config{
		Names: []string{origin}, Anchors: []delegation.Anchor{{DID: alice.DID(), Ceiling: authority}}, MaxStaleness: 15 * time.Minute,
		Replay: delegation.NewVolatileReplay(time.Now().Add(-time.Minute), 0), // nothing was allowed before
	})
	check(err)
	guard, err := agenthttp.NewGuard(verifier, origin, agenthttp.GuardOptions{Signer: service})
	check(err)
	server.Config.Handler = guard.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "sales, for %t", agenthttp.FromContext(r.Context()).Agent() == agent.DID())
	}))
	server.StartTLS()
	defer server.Close()

	// The agent. It knows who signs the server's receipts.
	holder, err := delegation.NewHolder(agent, chain)
	check(err)
	transport, err := agenthttp.NewTransport(holder, agenthttp.TransportOptions{
		Base: server.Client().Transport, Verifiers: map[string]did.DID{origin: service.DID()},
	})
	check(err)
	client := &http.Client{Transport: transport}
	for _, path := range []string{"/sales/2026", "/salaries"} {
		resp, err := client.Get(origin + path)
		check(err)
		body, err := io.ReadAll(resp.Body)
		check(err)
		_ = resp.Body.Close()
		receipt := agenthttp.ReceiptOf(resp)
		fmt.Println(path, resp.StatusCode, receipt.Permitted, int(receipt.Rule))
		if receipt.Permitted {
			fmt.Println(string(body))
		}
	}
	// Output:
	// /sales/2026 200 true 0
	// sales, for true
	// /salaries 403 false 15
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
