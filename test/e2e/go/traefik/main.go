// Command traefik runs Traefik's own provider for Ingresses and keeps the configuration it sends. A line on stdin is
// answered by one line of JSON: how often the configuration was built, and the one there is now. The end of stdin ends it.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"log"
	"os"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"
	zlog "github.com/rs/zerolog/log"
	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/provider/kubernetes/ingress"
	"github.com/traefik/traefik/v3/pkg/safe"
)

// skipped counts what the provider says of a configuration that it has built and found to be the one it had.
type skipped struct{ count atomic.Int64 }

func (s *skipped) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("Skipping Kubernetes event kind")) {
		s.count.Add(1)
	}
	return len(line), nil
}

func main() {
	var same skipped
	zlog.Logger = zerolog.New(&same).Level(zerolog.DebugLevel)
	provider := &ingress.Provider{}
	if err := provider.Init(); err != nil {
		log.Fatal(err)
	}
	sent := make(chan dynamic.Message)
	pool := safe.NewPool(context.Background())
	if err := provider.Provide(sent, pool); err != nil {
		log.Fatal(err)
	}

	var mu sync.Mutex
	changed := int64(0)
	var state *dynamic.Configuration
	go func() {
		for message := range sent {
			mu.Lock()
			changed++
			state = message.Configuration
			mu.Unlock()
		}
	}()

	out := json.NewEncoder(os.Stdout)
	for asked := bufio.NewScanner(os.Stdin); asked.Scan(); {
		mu.Lock()
		err := out.Encode(map[string]any{"id": asked.Text(), "events": changed + same.count.Load(), "state": state})
		mu.Unlock()
		if err != nil {
			log.Fatal(err)
		}
	}
}
