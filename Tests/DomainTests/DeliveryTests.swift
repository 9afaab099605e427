import Domain
import JSON
import Testing

@Suite struct DeliveryTests {
    @Test func statesChangeAsTheTableSays() {
        for from in Delivery.State.allCases {
            #expect(Delivery.State.transitions[from] != nil, "\(from) is missing")
            #expect(!from.mayBecome(from))
        }
        #expect(Delivery.State.ready.mayBecome(.sending) && Delivery.State.failed.mayBecome(.ready))
        for arrived in [Delivery.State.delivered, .deliveredWithWarnings] {
            #expect(arrived.isFinal && Delivery.State.allCases.allSatisfy { !arrived.mayBecome($0) })
        }
    }

    @Test func aDeliveryErrorIsReadBackFromItsJSON() {
        for kind in DeliveryError.Class.allCases {
            let error = DeliveryError(kind, "What.", advice: "Do.", status: 0xA700)
            #expect(DeliveryError(json: error.json) == error)
        }
        #expect(DeliveryError(json: ["class": "nothing", "message": "", "advice": ""]) == nil)
        #expect(DeliveryError(json: .null) == nil)
    }

    @Test func theJSONFormHasTheMembersOfTheContract() throws {
        let id = UUID(high: 1, low: 2)
        let keys = DeliveryKeys(studyId: id, integrationId: id, manifestId: id)
        var delivery = Delivery(id: id, organizationId: id, of: keys, createdAt: Timestamp(microseconds: 0))
        delivery.instanceCount = 5
        delivery.deliveredCount = 3
        delivery.failedCount = 1
        let json = delivery.json
        #expect(json["id"]?.string == "\(id)" && json["state"]?.string == "ready")
        #expect(json["instances"]?["total"]?.int == 5 && json["instances"]?["delivered"]?.int == 3)
        #expect(json["instances"]?["failed"]?.int == 1 && json["lastError"] == .null && json["attempts"] == [])
    }

    @Test func bitsAreCountedAndMissed() throws {
        var bitmap = InstanceBitmap(count: 10)
        #expect(bitmap.bytes.count == 2 && bitmap.missing.count == 10)
        for i in [0, 7, 8, 9] { bitmap[i] = true }
        // bits 0 and 7; bits 8 and 9
        #expect(bitmap.bytes == [0x81, 0x03] && bitmap.setCount == 4 && !bitmap.isFull)
        #expect(bitmap.missing == [1, 2, 3, 4, 5, 6])
        bitmap[7] = false
        #expect(bitmap.bytes == [0x01, 0x03])
        #expect(InstanceBitmap(count: 10, bytes: [0x01, 0x03]) == bitmap)
        #expect(InstanceBitmap(count: 10, bytes: [0x01, 0x04]) == nil, "a bit beyond the end")
        #expect(InstanceBitmap(count: 10, bytes: [0x01]) == nil)
        #expect(InstanceBitmap(count: 0, bytes: [])?.isFull == true)
    }
}
