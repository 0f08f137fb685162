import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.LeadingFieldIndex;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import org.h2.mvstore.MVStore;

/**
 * mongo-java-server as a process that may be killed at any time: what was acknowledged is in the file.
 * Arguments: port and file. Ends with its standard input, so that it never outlives the test that started it.
 */
public final class DurableServer {
    public static void main(String[] arguments) throws Exception {
        MVStore store = new MVStore.Builder().fileName(arguments[1]).autoCommitDisabled().open();
        // Processes die in these tests, machines don't: what the system has taken is safe, so space is free again at once.
        store.setRetentionTime(0);
        new MongoServer(new DurableBackend(store)).bind("127.0.0.1", Integer.parseInt(arguments[0]));
        while (System.in.read() != -1) {
            // Nothing is expected.
        }
        Runtime.getRuntime().halt(0);
    }

    /** The oldest that today's driver talks to. */
    private static final MongoVersion FOUR_FOUR = new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(4, 4, 0);
        }

        @Override
        public int getWireVersion() {
            return 9;
        }
    };

    /** One command at a time, committed before it is answered by a copy that later updates can't reach. */
    private static final class DurableBackend extends H2Backend {
        DurableBackend(MVStore store) {
            super(store);
            version(FOUR_FOUR);
        }

        @Override
        protected MongoDatabase openOrCreateDatabase(String name) {
            return new H2Database(name, getMvStore(), getCursorRegistry()) {
                @Override
                protected Index<Object> openOrCreateSecondaryIndex(
                        String collection, String index, List<IndexKey> keys, boolean sparse) {
                    return new LeadingFieldIndex(index, keys);
                }
            };
        }

        @Override
        public synchronized Document handleMessage(MongoMessage message) {
            try {
                return super.handleMessage(message).cloneDeeply();
            } finally {
                commit();
            }
        }
    }
}
