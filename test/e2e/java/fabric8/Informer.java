import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.vertx5.Vertx5HttpClientFactory;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.ObjectMapper;

/**
 * A Node informer of fabric8, which watches by WebSocket. Tells what the Go informer of this suite tells, in the same lines:
 * "synced", "add", "update" and "delete"; a line "state ID" on stdin is answered with the projected state; the end of stdin
 * ends it. Arguments: CLIENT (jdk or vertx) TOKEN_FILE, then those of the Go informer, of which --kubeconfig counts.
 */
public class Informer implements ResourceEventHandler<Node> {
  private final ObjectMapper mapper = new ObjectMapper();
  private final Map<String, Map<String, Object>> nodes = new TreeMap<>();
  private int updates;
  private int changes;

  public static void main(String[] arguments) throws Exception {
    HttpClient.Factory factory =
        arguments[0].equals("jdk") ? new JdkHttpClientFactory() : new Vertx5HttpClientFactory();
    String kubeconfig = "";
    for (String argument : arguments)
      if (argument.startsWith("--kubeconfig=")) kubeconfig = argument.substring("--kubeconfig=".length());
    Config config = Config.fromKubeconfig(new File(kubeconfig));
    // It does not read the tokenFile of a kubeconfig.
    config.setOauthToken(Files.readString(Path.of(arguments[1])).trim());
    Informer informer = new Informer();
    try (KubernetesClient client =
        new KubernetesClientBuilder().withConfig(config).withHttpClientFactory(factory).build()) {
      client.nodes().inform(informer);
      informer.print(Map.of("event", "synced"));
      BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
      for (String line = commands.readLine(); line != null; line = commands.readLine())
        if (line.startsWith("state ")) informer.state(line.substring("state ".length()).trim());
    }
    System.exit(0);
  }

  @Override
  public void onAdd(Node node) {
    seen("add", node);
  }

  @Override
  public void onUpdate(Node before, Node node) {
    seen("update", node);
  }

  @Override
  public synchronized void onDelete(Node node, boolean isStateUnknown) {
    nodes.remove(node.getMetadata().getName());
    print(Map.of("event", "delete", "name", node.getMetadata().getName()));
  }

  private synchronized void seen(String event, Node node) {
    String name = node.getMetadata().getName();
    Map<String, Object> projection = project(node);
    boolean isChanged = !projection.equals(nodes.put(name, projection));
    if (event.equals("update")) {
      updates++;
      if (isChanged) changes++;
    }
    Map<String, Object> line = new TreeMap<>();
    line.put("event", event);
    line.put("name", name);
    line.put("resourceVersion", node.getMetadata().getResourceVersion());
    if (isChanged) line.put("projection", projection);
    print(line);
  }

  private synchronized void state(String id) {
    Map<String, Object> state = new TreeMap<>();
    state.put("nodes", nodes);
    state.put("updates", updates);
    state.put("changes", changes);
    for (String uncounted : List.of("lists", "watchLists", "watches", "answeredLists", "cpuSeconds"))
      state.put(uncounted, 0);
    // In this order: the suite looks at how the line begins.
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("event", "state");
    line.put("id", id);
    line.put("state", state);
    print(line);
  }

  /** What every MetalLB release together reads of a Node. */
  private static Map<String, Object> project(Node node) {
    Map<String, Object> projection = new TreeMap<>();
    Map<String, String> labels = node.getMetadata().getLabels();
    projection.put("labels", labels == null ? Map.of() : new TreeMap<>(labels));
    projection.put("unschedulable", Boolean.TRUE.equals(node.getSpec().getUnschedulable()));
    String networkUnavailable = "";
    for (NodeCondition condition : node.getStatus().getConditions())
      if (condition.getType().equals("NetworkUnavailable")) {
        networkUnavailable = condition.getStatus();
        break;
      }
    projection.put("networkUnavailable", networkUnavailable);
    List<String> addresses = new ArrayList<>();
    for (NodeAddress address : node.getStatus().getAddresses())
      if (address.getType().equals("InternalIP")) addresses.add(address.getAddress());
    projection.put("internalIPs", addresses);
    return projection;
  }

  private synchronized void print(Map<String, Object> line) {
    try {
      System.out.println(mapper.writeValueAsString(line));
    } catch (Exception exception) {
      throw new IllegalStateException(exception);
    }
  }
}
