import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.util.List;

/**
 * A MongoDB wire server on an H2 file: {@code WireServer PORT FILE}, port 0 for a free one.
 *
 * Prints {@code port N} once it listens and stops when its standard input ends, so that it never
 * outlives whoever started it.
 */
public final class WireServer {
    /** What current drivers ask for at least; the server's own announcement is older. */
    private static final MongoVersion ANNOUNCED = new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    };

    private WireServer() {
    }

    public static void main(String[] args) throws Exception {
        H2Backend backend = new H2Backend(args[1]);
        backend.version(ANNOUNCED);
        MongoServer server = new MongoServer(backend);
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        System.out.println("port " + server.getLocalAddress().getPort());
        while (System.in.read() != -1) {
            // Nothing is ever sent; only the end counts.
        }
        System.exit(0);
    }
}
